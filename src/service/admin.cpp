#include "base/secret.hpp"
#include "base/system.hpp"
#include "service/new_account.hpp"

#include <signet/service/admin.hpp>

#include <utility>

namespace signet {
namespace {

// Returns the hash of the password if the judge accepts it for an account of these names.
Result<Text> hash_new_password(const std::string& password,
                               const std::optional<std::string>& username,
                               const std::optional<std::string>& email, const AdminPorts& ports) {
    const auto good =
        check_password(ports.judge, "/password", password, own_words(username, email));
    return good ? ports.hasher.hash(password) : good.error();
}

std::optional<std::string> to_string(const std::optional<Text>& name) {
    return name ? std::optional(name->str()) : std::nullopt;
}

// Finds the account and has `change` work on it.
template <class Change>
Result<Account> change_user(std::string_view user, const AdminPorts& ports, Change change) {
    auto account = find_user(user, ports.accounts);
    if (!account) {
        return account;
    }
    const Result<void> changed = change(*account);
    return changed ? account : changed.error();
}

Result<std::optional<Account>> find_by_name(const Text& name, AccountStore& accounts) {
    if (name.view().find('@') != std::string_view::npos) {
        auto found = accounts.find(LoginName{NameKind::email, name});
        if (!found || *found) {
            return found;
        }
    }
    return accounts.find(LoginName{NameKind::username, name});
}

}  // namespace

Result<Account> find_user(std::string_view user, AccountStore& accounts) {
    if (const auto id = UserId::parse(user)) {
        auto found = accounts.find(*id);
        if (!found) {
            return found.error();
        }
        if (*found) {
            return **std::move(found);
        }
    }
    const auto name = Text::from(user);
    if (!name) {
        return Errc::user_not_found;
    }
    auto found = find_by_name(*name, accounts);
    if (!found) {
        return found.error();
    }
    return *found ? Result<Account>(**std::move(found)) : Errc::user_not_found;
}

Result<NewNames> check_names(const std::optional<std::string>& username,
                             const std::optional<std::string>& email) {
    Error refusal{Errc::invalid_input};
    NewNames names = check_new_names(
        username, email, "A user needs a username or an e-mail address.", refusal.fields);
    return refusal.fields.empty() ? Result<NewNames>(std::move(names)) : refusal;
}

Result<Account> create_user(const NewNames& names, const std::string& password,
                            const AdminPorts& ports, const RolePolicy& policy) {
    auto hash =
        hash_new_password(password, to_string(names.username), to_string(names.email), ports);
    if (!hash) {
        return hash.error();
    }
    const auto id = UserId::parse(random_uuid(ports.random));
    if (!id) {
        return Error{Errc::internal, "a generated id is no UUID"};
    }
    auto role = policy.default_role.empty() ? std::nullopt : Text::from(policy.default_role);
    return ports.admin.add(
        {*id, names.username, names.email, *std::move(hash), std::move(role), {}});
}

Result<void> set_password(const Account& account, const std::string& password,
                          const AdminPorts& ports) {
    const auto hash = hash_new_password(password, account.username, account.email, ports);
    return hash ? ports.admin.set_password(account.id, *hash) : hash.error();
}

Result<Account> set_active(std::string_view user, bool active, const AdminPorts& ports) {
    return change_user(user, ports, [&](const Account& account) {
        return ports.admin.set_active(account.id, active);
    });
}

Result<Account> delete_user(std::string_view user, const AdminPorts& ports) {
    return change_user(user, ports,
                       [&](const Account& account) { return ports.admin.remove(account.id); });
}

Result<Account> grant_role(std::string_view user, std::string_view role, const AdminPorts& ports,
                           const RolePolicy& policy) {
    const auto name = check_role(role, policy);
    if (!name) {
        return name.error();
    }
    return change_user(
        user, ports, [&](const Account& account) { return ports.admin.grant(account.id, *name); });
}

Result<Account> revoke_role(std::string_view user, std::string_view role, const AdminPorts& ports) {
    const auto name = Text::from(role);
    if (!name) {
        return Errc::role_not_found;
    }
    return change_user(
        user, ports, [&](const Account& account) { return ports.admin.revoke(account.id, *name); });
}

Result<UserSessions> list_sessions(std::string_view user, const AdminPorts& ports) {
    auto account = find_user(user, ports.accounts);
    if (!account) {
        return account.error();
    }
    auto sessions = ports.sessions.list(account->id);
    if (!sessions) {
        return sessions.error();
    }
    return UserSessions{*std::move(account), *std::move(sessions)};
}

Result<EndedSessions> end_sessions(std::string_view user, const AdminPorts& ports) {
    auto account = find_user(user, ports.accounts);
    if (!account) {
        return account.error();
    }
    const auto count = ports.admin.end_sessions(account->id);
    if (!count) {
        return count.error();
    }
    return EndedSessions{*std::move(account), *count};
}

Result<UserClaims> claims_of(std::string_view user, const AdminPorts& ports,
                             const RolePolicy& policy) {
    const auto account = find_user(user, ports.accounts);
    if (!account) {
        return account.error();
    }
    auto reading = ports.users.read(account->id);
    if (!reading) {
        return reading.error();
    }
    if (!reading->account) {
        return Errc::user_not_found;
    }
    UserClaims claims{*std::move(reading->account), {}, {}};
    if (!claims.account.active) {
        return claims;
    }
    auto roles = effective_roles(claims.account, policy);
    if (!roles) {
        return roles.error();
    }
    auto custom = known_claims(claims.account);
    if (!custom) {
        return custom.error();
    }
    claims.roles = *std::move(roles);
    claims.custom = *std::move(custom);
    return claims;
}

Result<Text> check_role(std::string_view name, const RolePolicy& policy) {
    if (name == kAdminRole && !policy.allow_admin) {
        return Errc::admin_role_refused;
    }
    return new_role_name(name);
}

Result<void> create_role(std::string_view name, RoleAdmin& roles, const RolePolicy& policy) {
    const auto text = check_role(name, policy);
    return text ? roles.create_role(*text) : text.error();
}

Result<void> delete_role(std::string_view name, RoleAdmin& roles) {
    const auto text = Text::from(name);
    return text ? roles.remove_role(*text) : Errc::role_not_found;
}

namespace {

// Seals the key of one session anew, or counts it as unreadable.
Result<void> rewrap(const SealedSession& session, SessionMaintenance& sessions,
                    const SessionSealer& sealer, SessionRewrap& count) {
    auto key = sealer.open(session.sealed_key, session.id);
    if (!key) {
        if (count.unreadable++ == 0) {
            count.reason = key.error().log_detail;
        }
        return {};
    }
    const WipeOnExit wiped(*key);
    ++count.outdated;
    const auto sealed = sealer.seal(*key, session.id);
    if (!sealed) {
        return sealed.error();
    }
    const auto done = sessions.reseal(session, *sealed);
    return done ? Result<void>() : Result<void>(done.error());
}

}  // namespace

Result<SessionRewrap> rewrap_sessions(SessionMaintenance& sessions, const SessionSealer& sealer,
                                      bool execute) {
    SessionRewrap count;
    std::optional<SessionId> after;
    bool noted = false;
    for (;;) {
        const auto page = sessions.list_sealed(after, kRewrapBatch);
        if (!page) {
            return page.error();
        }
        for (const SealedSession& session : *page) {
            if (sealer.current(session.sealed_key)) {
                continue;
            }
            if (!execute) {
                ++count.outdated;
                continue;
            }
            if (auto note = noted ? Result<void>() : sessions.note_rewrap(); !note) {
                return note.error();
            }
            noted = true;
            if (auto done = rewrap(session, sessions, sealer, count); !done) {
                return done.error();
            }
        }
        if (page->size() < kRewrapBatch) {
            return count;
        }
        after = page->back().id;
    }
}

}  // namespace signet
