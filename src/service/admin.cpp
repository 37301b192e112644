#include "base/secret.hpp"
#include "base/system.hpp"
#include "service/new_account.hpp"
#include "service/outgoing.hpp"
#include "service/tickets.hpp"

#include <signet/service/admin.hpp>

#include <algorithm>
#include <iterator>
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

Error no_such_role(std::string_view name) {
    return Error{Errc::role_not_found, "There is no role \"" + std::string(name) + '"'};
}

// Reads a text to search for. One that is not text is in no name.
Result<void> to_text(const std::optional<std::string>& typed, std::optional<Text>& text) {
    if (typed) {
        text = Text::from(*typed);
    }
    return typed && !text ? Error::field("/search", "charset", "The text to search is not UTF-8.")
                          : Result<void>();
}

// Leaves at most `limit` rows, and returns whether there were more.
template <class Row>
bool cut(std::vector<Row>& rows, std::size_t limit) {
    const bool more = rows.size() > limit;
    if (more) {
        rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(limit), rows.end());
    }
    return more;
}

Result<void> require_role(const Text& name, RoleAdmin& roles) {
    const auto rows = roles.list_roles(name, kListPageMax);
    if (!rows) {
        return rows.error();
    }
    const bool exists = std::ranges::find(*rows, name.view(), &RoleRow::name) != rows->end();
    return exists ? Result<void>() : Result<void>(no_such_role(name.view()));
}

// Has `change` give the account another name of the kind `member`, unless it has that name already.
template <class Change>
Result<ChangedAccount> change_name(std::string_view user, const std::optional<Text>& name,
                                   std::optional<std::string> Account::* member,
                                   const AdminPorts& ports, Change change) {
    auto account = find_user(user, ports.accounts);
    if (!account) {
        return account.error();
    }
    auto wanted = to_string(name);
    if ((*account).*member == wanted) {
        return ChangedAccount{*std::move(account), false};
    }
    (*account).*member = std::move(wanted);
    if (!account->username && !account->email) {
        return Error::field("/email", "required", "A user needs a username or an e-mail address.");
    }
    if (auto changed = change(account->id); !changed) {
        return changed.error();
    }
    return ChangedAccount{*std::move(account), true};
}

std::optional<Text> default_role(const RolePolicy& policy) {
    return policy.default_role.empty() ? std::nullopt : Text::from(policy.default_role);
}

// Each once, and always in one order, so that two changes cannot deadlock.
void sort_once(std::vector<Text>& roles) {
    std::ranges::sort(roles);
    roles.erase(std::ranges::unique(roles).begin(), roles.end());
}

Result<std::vector<Text>> check_roles(const std::vector<std::string>& roles,
                                      const RolePolicy& policy) {
    std::vector<Text> names;
    for (const std::string& role : roles) {
        auto name = check_role(role, policy);
        if (!name) {
            return name.error();
        }
        names.push_back(*std::move(name));
    }
    return names;
}

using ChangeRoles = Result<std::vector<Text>> (AccountAdmin::*)(const UserId&,
                                                                const std::vector<Text>&);

Result<RolesChange> change_roles(std::string_view user, std::vector<Text> roles,
                                 const AdminPorts& ports, ChangeRoles change) {
    auto account = find_user(user, ports.accounts);
    if (!account) {
        return account.error();
    }
    sort_once(roles);
    const auto done = (ports.admin.*change)(account->id, roles);
    if (!done) {
        return done.error();
    }
    const auto now = ports.accounts.find(account->id);
    if (!now) {
        return now.error();
    }
    RolesChange out{*now ? **now : *std::move(account), {}, {}};
    for (const Text& role : roles) {
        const bool changed = std::ranges::find(*done, role) != done->end();
        (changed ? out.changed : out.unchanged).push_back(role.str());
    }
    return out;
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
    // As typed first, because an adopted table may hold names of any kind.
    const auto name = Text::from(user);
    const auto trimmed = Text::from(trim_white_space(user));
    if (!name || !trimmed) {
        return Errc::user_not_found;
    }
    auto found = find_by_name(*name, accounts);
    if (found && !*found && trimmed->view() != user) {
        found = find_by_name(*trimmed, accounts);
    }
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
    return ports.admin.add(
        {*id, names.username, names.email, *std::move(hash), default_role(policy), {}});
}

Result<Account> invite_user(const InvitationOrder& order, const AdminPorts& ports,
                            const SessionSealer& sealer, const RolePolicy& policy,
                            const MailPolicy& mail) {
    const auto names = check_names(std::nullopt, order.address);
    if (!names) {
        return names.error();
    }
    auto roles = check_roles(order.roles, policy);
    if (!roles) {
        return roles.error();
    }
    sort_once(*roles);
    const UserId id = UserId::parse(random_uuid(ports.random)).value();
    std::string text = make_ticket(ports.random);
    const WipeOnExit wiped(text);
    NewTicket ticket{id, TicketPurpose::accept_invitation, *names->email};
    ticket.lifetime_s = kInvitationTtlS;
    ticket.hash = ticket_hash(text);
    auto row = make_row({sealer, ports.random, mail}, OutboxKind::mail, to_string(ticket.purpose),
                        {{"address", names->email->str()},
                         {"language", order.language},
                         {"ticket", text},
                         {"seconds", std::to_string(ticket.lifetime_s)}});
    if (!row) {
        return row.error();
    }
    row->user = id;
    row->recipient = names->email;
    return ports.admin.invite(
        {id, std::nullopt, names->email, Text::from("").value(), default_role(policy), {}}, *roles,
        {std::move(ticket), *std::move(row)});
}

Result<void> set_password(const Account& account, const std::string& password,
                          const AdminPorts& ports) {
    const auto hash = hash_new_password(password, account.username, account.email, ports);
    return hash ? ports.admin.set_password(account.id, *hash) : hash.error();
}

Result<Account> set_active(std::string_view user, bool active, const AdminPorts& ports) {
    return change_user(user, ports, [&](const Account& account) {
        return account.active == active ? Result<void>()
                                        : ports.admin.set_active(account.id, active);
    });
}

Result<Account> delete_user(std::string_view user, const AdminPorts& ports) {
    return change_user(user, ports,
                       [&](const Account& account) { return ports.admin.remove(account.id); });
}

Result<ListPart<Account>> list_users(const ListFilter& filter, const AdminPorts& ports,
                                     const RolePolicy& policy) {
    AccountFilter wanted;
    if (auto read = to_text(filter.search, wanted.search); !read) {
        return read.error();
    }
    if (filter.role && *filter.role != policy.default_role) {
        wanted.role = Text::from(*filter.role);
        if (!wanted.role) {
            return no_such_role(*filter.role);
        }
    }
    ListPart<Account> part;
    std::optional<UserId> after;
    while (!part.more) {
        // One more than wanted tells whether there are more.
        const std::size_t asked = std::min(filter.limit - part.rows.size() + 1, kListPageMax);
        auto page = ports.admin.list(wanted, after, asked);
        if (!page) {
            return page.error();
        }
        const bool last = page->size() < asked;
        std::move(page->begin(), page->end(), std::back_inserter(part.rows));
        if (last) {
            break;
        }
        after = part.rows.back().id;
        part.more = cut(part.rows, filter.limit);
    }
    if (part.rows.empty() && wanted.role) {
        if (auto exists = require_role(*wanted.role, ports.roles); !exists) {
            return exists.error();
        }
    }
    return part;
}

Result<ListPart<RoleRow>> list_roles(const ListFilter& filter, RoleAdmin& roles) {
    std::optional<Text> search;
    if (auto read = to_text(filter.search, search); !read) {
        return read.error();
    }
    auto rows = roles.list_roles(search, filter.limit + 1);
    if (!rows) {
        return rows.error();
    }
    ListPart<RoleRow> part{*std::move(rows)};
    part.more = cut(part.rows, filter.limit);
    return part;
}

Result<ChangedAccount> unlock_user(std::string_view user, const AdminPorts& ports) {
    auto account = find_user(user, ports.accounts);
    if (!account) {
        return account.error();
    }
    const auto had_any = ports.admin.unlock(account->id);
    return had_any ? Result<ChangedAccount>(ChangedAccount{*std::move(account), *had_any})
                   : had_any.error();
}

Result<ListPart<AuditEntry>> list_audit(const AuditQuestion& question, const AdminPorts& ports) {
    AuditFilter filter{.since_s = question.since_s};
    if (question.action) {
        filter.action = Text::from(*question.action);
    }
    if (question.user) {
        const auto account = find_user(*question.user, ports.accounts);
        // Of a user who is gone the id is left.
        const auto gone = UserId::parse(*question.user);
        if (!account && !(gone && account.error().errc == Errc::user_not_found)) {
            return account.error();
        }
        filter.subject = Text::from(account ? account->id.str() : gone->str());
    }
    auto rows = ports.audit.latest(filter, question.limit + 1);
    if (!rows) {
        return rows.error();
    }
    ListPart<AuditEntry> part{*std::move(rows)};
    part.more = cut(part.rows, question.limit);
    std::ranges::reverse(part.rows);
    return part;
}

Result<ChangedAccount> rename_user(std::string_view user, const std::string& username,
                                   const AdminPorts& ports) {
    const auto names = check_names(username, std::nullopt);
    if (!names) {
        return names.error();
    }
    return change_name(user, names->username, &Account::username, ports,
                       [&](const UserId& id) { return ports.admin.rename(id, *names->username); });
}

Result<ChangedAccount> set_email(std::string_view user, const std::optional<std::string>& email,
                                 const AdminPorts& ports) {
    std::optional<Text> address;
    if (email) {
        auto names = check_names(std::nullopt, email);
        if (!names) {
            return names.error();
        }
        address = std::move(names->email);
    }
    return change_name(user, address, &Account::email, ports,
                       [&](const UserId& id) { return ports.admin.set_email(id, address); });
}

Result<RolesChange> grant_roles(std::string_view user, const std::vector<std::string>& roles,
                                const AdminPorts& ports, const RolePolicy& policy) {
    auto names = check_roles(roles, policy);
    return names ? change_roles(user, *std::move(names), ports, &AccountAdmin::grant)
                 : names.error();
}

Result<RolesChange> revoke_roles(std::string_view user, const std::vector<std::string>& roles,
                                 const AdminPorts& ports) {
    std::vector<Text> names;
    for (const std::string& role : roles) {
        auto name = Text::from(role);
        if (!name) {
            return no_such_role(role);
        }
        names.push_back(*std::move(name));
    }
    return change_roles(user, std::move(names), ports, &AccountAdmin::revoke);
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
    if (is_admin(name) && !policy.allow_admin) {
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

const std::string& sealed_text(const SealedSession& session) {
    return session.sealed_key;
}

const std::string& sealed_text(const SealedRow& row) {
    return row.body;
}

// Seals one anew, or counts it as unreadable.
Result<void> rewrap(const SealedSession& session, SessionMaintenance& sessions,
                    const SessionSealer& sealer, Rewrap& count) {
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

Result<void> rewrap(const SealedRow& row, Outbox& outbox, const SessionSealer& sealer,
                    Rewrap& count) {
    auto values = sealer.open_message(row.body, row.id);
    if (!values) {
        if (!row.failed && count.unreadable++ == 0) {
            count.reason = values.error().log_detail;
        }
        return {};
    }
    ++count.outdated;
    const auto sealed = sealer.seal_message(*values, row.id);
    for (auto& [name, value] : *values) {
        wipe(value);
    }
    if (!sealed) {
        return sealed.error();
    }
    const auto done = outbox.reseal(row, *sealed);
    return done ? Result<void>() : Result<void>(done.error());
}

// `Id` orders what `table` lists.
template <class Id, class Table>
Result<Rewrap> rewrap_all(Table& table, const SessionSealer& sealer, bool execute,
                          const OnProgress& on_progress) {
    Rewrap count;
    std::size_t seen = 0;
    std::optional<Id> after;
    bool noted = false;
    for (;;) {
        const auto page = table.list_sealed(after, kRewrapBatch);
        if (!page) {
            return page.error();
        }
        for (const auto& sealed : *page) {
            if (sealer.current(sealed_text(sealed))) {
                continue;
            }
            if (!execute) {
                ++count.outdated;
                continue;
            }
            if (auto note = noted ? Result<void>() : table.note_rewrap(); !note) {
                return note.error();
            }
            noted = true;
            if (auto done = rewrap(sealed, table, sealer, count); !done) {
                return done.error();
            }
        }
        seen += page->size();
        if (on_progress) {
            on_progress(seen);
        }
        if (page->size() < kRewrapBatch) {
            return count;
        }
        after = page->back().id;
    }
}

}  // namespace

Result<Rewrap> rewrap_sessions(SessionMaintenance& sessions, const SessionSealer& sealer,
                               bool execute, const OnProgress& on_progress) {
    return rewrap_all<SessionId>(sessions, sealer, execute, on_progress);
}

Result<Rewrap> rewrap_outbox(Outbox& outbox, const SessionSealer& sealer, bool execute,
                             const OnProgress& on_progress) {
    return rewrap_all<Uuid>(outbox, sealer, execute, on_progress);
}

}  // namespace signet
