#include "base/secret.hpp"
#include "base/system.hpp"

#include <signet/service/admin.hpp>

#include <utility>

namespace signet {
namespace {

// Returns the hash of the password if the judge accepts it for an account of these names.
Result<Text> hash_new_password(const std::string& password, std::vector<std::string> names,
                               const AdminPorts& ports) {
    if (auto objection = ports.judge.judge("/password", password, names)) {
        Error refusal{Errc::invalid_input};
        refusal.fields.push_back(*std::move(objection));
        return refusal;
    }
    return ports.hasher.hash(password);
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

// Returns the name if there is one and it follows `rule`. Otherwise what is wrong with it goes to
// `problems`.
std::optional<Text> check_name(const std::optional<std::string>& typed,
                               Result<Text> (*rule)(std::string_view),
                               std::vector<FieldError>& problems) {
    if (!typed) {
        return std::nullopt;
    }
    const Result<Text> name = rule(*typed);
    if (name) {
        return *name;
    }
    const std::vector<FieldError>& fields = name.error().fields;
    problems.insert(problems.end(), fields.begin(), fields.end());
    return std::nullopt;
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
    NewNames names{check_name(username, &new_username, refusal.fields),
                   check_name(email, &new_email, refusal.fields)};
    if (!username && !email) {
        refusal.fields.push_back(
            {"/username", "required", "A user needs a username or an e-mail address."});
    }
    return refusal.fields.empty() ? Result<NewNames>(std::move(names)) : refusal;
}

Result<Account> create_user(const NewNames& names, const std::string& password,
                            const AdminPorts& ports, const RolePolicy& policy) {
    std::vector<std::string> own_words;
    for (const auto& name : {names.username, names.email}) {
        if (name) {
            own_words.push_back(name->str());
        }
    }
    auto hash = hash_new_password(password, std::move(own_words), ports);
    if (!hash) {
        return hash.error();
    }
    const auto id = UserId::parse(random_uuid(ports.random));
    if (!id) {
        return Error{Errc::internal, "a generated id is no UUID"};
    }
    auto role = policy.default_role.empty() ? std::nullopt : Text::from(policy.default_role);
    return ports.admin.add({*id, names.username, names.email, *std::move(hash), std::move(role)});
}

Result<void> set_password(const Account& account, const std::string& password,
                          const AdminPorts& ports) {
    std::vector<std::string> own_words;
    for (const auto& name : {account.username, account.email}) {
        if (name) {
            own_words.push_back(*name);
        }
    }
    const auto hash = hash_new_password(password, std::move(own_words), ports);
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
    const auto done = sessions.reseal(session, sealer.seal(*key, session.id));
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
