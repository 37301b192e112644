#include "support/fake_store.hpp"

#include "store/claims.hpp"
#include "support/fake_tickets.hpp"

#include <algorithm>
#include <chrono>

namespace signet::test {
namespace {

std::string fold(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

bool same_folded(const std::optional<std::string>& stored, const std::optional<Text>& wanted) {
    return stored && wanted && fold(*stored) == fold(wanted->view());
}

bool contains_folded(const std::optional<std::string>& stored, const Text& part) {
    return stored && fold(*stored).find(fold(part.view())) != std::string::npos;
}

bool has_role(const FakeTables& tables, std::string_view name) {
    return std::find(tables.roles.begin(), tables.roles.end(), name) != tables.roles.end();
}

std::optional<std::string> str(const std::optional<Text>& text) {
    return text ? std::optional<std::string>(text->str()) : std::nullopt;
}

}  // namespace

std::int64_t FakeTables::now_ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
               .count() +
           ahead_ms;
}

Failures FakeTables::failures_of(const std::string& subject) const {
    const auto row = failures.find(subject);
    if (row == failures.end()) {
        return Failures{Text::from(subject)};
    }
    const std::int64_t wait_ms = std::max<std::int64_t>(0, row->second.wait_until_ms - now_ms());
    return Failures{Text::from(subject), row->second.failures,
                    wait_ms > kFailureWaitMaxS * 1000 ? 0 : wait_ms,
                    row->second.trying > 0 && now_ms() < row->second.trying_until_ms};
}

std::optional<std::string> FakeTables::find_name(const LoginName& name) const {
    std::vector<const UserRow*> exact;
    std::vector<const UserRow*> folded;
    for (const auto& row : users) {
        const auto& stored = name.kind == NameKind::username ? row.username : row.email;
        if (same_folded(stored, name.name)) {
            folded.push_back(&row);
        }
        if (stored == name.name.str()) {
            exact.push_back(&row);
        }
    }
    const auto& matches = exact.empty() ? folded : exact;
    return matches.size() == 1 ? std::optional(matches.front()->id) : std::nullopt;
}

void FakeTables::spend_tickets_of(const UserId& user) {
    std::erase_if(tickets, [&](const auto& row) { return row.ticket.user == user; });
}

std::size_t FakeTables::forget_failures_of(const UserId& user) {
    const std::string subject = "user:" + user.str();
    return std::erase_if(failures, [&](const auto& row) {
        return row.first == subject || row.first.starts_with(subject + '@');
    });
}

FakeTables::UserRow* FakeTables::row_of(const UserId& id) {
    const auto found = std::find_if(users.begin(), users.end(),
                                    [&](const auto& row) { return row.id == id.str(); });
    return found == users.end() ? nullptr : &*found;
}

Account FakeTables::account_of(const UserRow& row) const {
    Account out{.id = *UserId::parse(row.id),
                .username = row.username,
                .email = row.email,
                .password_hash = row.password.value_or(""),
                .active = row.active.value_or(false),
                .default_role = row.default_role,
                .roles = {},
                .created_at_s = row.created_at_s,
                .last_login_at_s = row.last_login_at_s,
                .metadata = row.metadata,
                .claims = store::read_custom_claims(claims)};
    for (const auto& [user, role] : grants) {
        if (user == row.id) {
            out.roles.push_back(role);
        }
    }
    return out;
}

void FakeTables::end_sessions_of(const UserId& user) {
    std::erase_if(sessions, [&](const SessionRow& row) { return row.user == user; });
}

bool FakeTables::remove(const UserId& user) {
    end_sessions_of(user);
    spend_tickets_of(user);
    proven.erase(user.str());
    forget_failures_of(user);
    std::erase_if(grants, [&](const auto& grant) { return grant.first == user.str(); });
    return std::erase_if(users, [&](const auto& row) { return row.id == user.str(); }) != 0;
}

Result<void> FakeTables::require_free(const UserId& id, const std::optional<Text>& username,
                                      const std::optional<Text>& email) const {
    const auto taken = [&](auto member, const std::optional<Text>& name) {
        return std::ranges::any_of(users, [&](const UserRow& row) {
            return row.id != id.str() && same_folded(row.*member, name);
        });
    };
    if (taken(&UserRow::username, username)) {
        return Errc::username_taken;
    }
    return taken(&UserRow::email, email) ? Result<void>(Errc::email_taken) : Result<void>();
}

void FakeTables::note(const UserId& user, const AuditNote& note, std::string detail) {
    audit.push_back({.id = ++last_audit_id,
                     .at_s = now_ms() / 1000,
                     .actor = std::string(note.action == "session-reuse" ? "refresh" : kUserActor),
                     .action = std::string(note.action),
                     .subject = user.str(),
                     .network = str(note.origin.network),
                     .request = str(note.origin.request),
                     .detail = std::move(detail),
                     .db_role = "signet"});
}

void FakeTables::note(std::string action, std::string subject) {
    audit.push_back({.id = ++last_audit_id,
                     .at_s = now_ms() / 1000,
                     .actor = "cli:tester",
                     .action = std::move(action),
                     .subject = std::move(subject),
                     .db_role = "signet"});
}

Result<void> FakeTables::create(const NewAccount& account) {
    if (auto free = require_free(account.id, account.username, account.email); !free) {
        return free;
    }
    if (row_of(account.id) != nullptr) {
        return Error{Errc::store_failed, "the id exists"};
    }
    users.push_back({.id = account.id.str(),
                     .username = str(account.username),
                     .email = str(account.email),
                     .password = account.password_hash.view().empty()
                                     ? std::nullopt
                                     : std::optional(account.password_hash.str()),
                     .active = new_users_active,
                     .default_role = {},
                     .created_at_s = now_ms() / 1000,
                     .last_login_at_s = {},
                     .metadata = str(account.metadata).value_or("{}")});
    if (account.role) {
        if (!has_role(*this, account.role->view())) {
            roles.push_back(account.role->str());
        }
        grants.emplace(account.id.str(), account.role->str());
    }
    return {};
}

template <class F>
auto FakeStore::locked(F&& work) -> decltype(work(std::declval<FakeTables&>())) {
    const std::scoped_lock lock(tables_->mutex);
    if (tables_->outage) {
        return *tables_->outage;
    }
    return std::forward<F>(work)(*tables_);
}

Result<std::optional<Account>> FakeStore::find(const LoginName& name) {
    return locked([&](FakeTables& tables) -> Result<std::optional<Account>> {
        const auto id = tables.find_name(name);
        return id ? std::optional(tables.account_of(*tables.row_of(*UserId::parse(*id))))
                  : std::nullopt;
    });
}

Result<std::optional<Account>> FakeStore::find(const UserId& id) {
    return locked([&](FakeTables& tables) -> Result<std::optional<Account>> {
        const auto* const row = tables.row_of(id);
        return row == nullptr ? std::optional<Account>() : tables.account_of(*row);
    });
}

Result<LoginMatch> FakeStore::find_for_login(const LoginName& name, const LoginOrigin& origin) {
    auto account = find(name);
    if (!account) {
        return account.error();
    }
    return locked([&](FakeTables& tables) -> Result<LoginMatch> {
        if (!*account) {
            return LoginMatch{std::nullopt, tables.failures_of(origin.stranger.str())};
        }
        const UserId& id = (*account)->id;
        const bool known_device =
            origin.network && std::ranges::any_of(tables.sessions, [&](const auto& row) {
                return row.user == id && row.client.address == origin.network->str() &&
                       tables.now_ms() < row.state.idle_until_ms;
            });
        const std::string subject =
            "user:" + id.str() + (known_device ? '@' + origin.network->str() : "");
        return LoginMatch{*std::move(account), tables.failures_of(subject)};
    });
}

Result<std::optional<Failures>> FakeStore::read(const UserId& user, const SessionId& session) {
    return locked([&](FakeTables& tables) -> Result<std::optional<Failures>> {
        for (const auto& row : tables.sessions) {
            if (row.id == session && row.user == user) {
                const auto& network = row.client.address;
                return std::optional(
                    tables.failures_of("user:" + user.str() + (network ? '@' + *network : "")));
            }
        }
        return std::optional<Failures>();
    });
}

namespace {

void add_failure(FakeTables::FailureRow& row, std::int64_t now_ms) {
    ++row.failures;
    row.last_at_ms = now_ms;
    std::int64_t wait_s = row.failures <= kFreeFailures ? 0 : 1;
    for (auto n = kFreeFailures + 1; n < row.failures && wait_s < kFailureWaitMaxS; ++n) {
        wait_s *= 2;
    }
    row.wait_until_ms = now_ms + std::min(wait_s, kFailureWaitMaxS) * 1000;
}

}  // namespace

Result<bool> FakeStore::reserve(const Text& subject, std::int64_t failures_max) {
    return locked([&](FakeTables& tables) -> Result<bool> {
        const std::int64_t now_ms = tables.now_ms();
        const auto row = tables.failures.find(subject.str());
        if (row == tables.failures.end() || row->second.failures == 0 ||
            row->second.failures >= failures_max ||
            (now_ms < row->second.wait_until_ms &&
             row->second.wait_until_ms <= now_ms + kFailureWaitMaxS * 1000)) {
            return false;
        }
        add_failure(row->second, now_ms);
        if (row->second.trying_until_ms <= now_ms) {
            row->second.trying = 0;
        }
        ++row->second.trying;
        row->second.trying_until_ms = now_ms + kTryOutcomeMaxS * 1000;
        return true;
    });
}

Result<CountedFailure> FakeStore::count(const Failure& failure) {
    return locked([&](FakeTables& tables) -> Result<CountedFailure> {
        const std::int64_t now_ms = tables.now_ms();
        const bool counts = failure.reserved && tables.failures.contains(failure.subject.str());
        auto& row = tables.failures[failure.subject.str()];
        if (counts) {
            row.trying = std::max<std::int64_t>(0, row.trying - 1);
            row.last_at_ms = now_ms;
        } else {
            add_failure(row, now_ms);
        }
        const bool alarming =
            row.failures >= kAttackFailures &&
            (!row.alarmed_at_ms || *row.alarmed_at_ms + kAlarmPauseS * 1000 <= now_ms);
        const std::string& subject = failure.subject.str();
        const bool known = subject.starts_with("user:");
        const auto begin = subject.find(':') + 1;
        const std::string who = known ? subject.substr(begin, subject.find('@') - begin) : "";
        std::string action(failure.note.action);
        tables.note(action, who);
        if (alarming) {
            row.alarmed_at_ms = now_ms;
        }
        if (alarming && known) {
            action.replace(action.find("refused"), std::string::npos, "throttled");
            tables.note(action, who);
        }
        return CountedFailure{row.failures, alarming};
    });
}

Result<void> FakeStore::give_back(const Text& subject) {
    return locked([&](FakeTables& tables) -> Result<void> {
        if (const auto row = tables.failures.find(subject.str()); row != tables.failures.end()) {
            row->second.failures = std::max<std::int64_t>(0, row->second.failures - 1);
            if (row->second.trying <= 1) {
                row->second.wait_until_ms = tables.now_ms();
            }
            row->second.trying = std::max<std::int64_t>(0, row->second.trying - 1);
        }
        return {};
    });
}

Result<void> FakeStore::forget(const Text& subject) {
    return locked([&](FakeTables& tables) -> Result<void> {
        tables.failures.erase(subject.str());
        return {};
    });
}

Result<std::size_t> FakeStore::sweep(std::size_t limit) {
    return locked([&](FakeTables& tables) -> Result<std::size_t> {
        std::size_t removed = 0;
        std::erase_if(tables.failures, [&](const auto& row) {
            const bool over =
                removed < limit && row.second.last_at_ms + kFailuresKeptS * 1000 < tables.now_ms();
            removed += over ? 1 : 0;
            return over;
        });
        return removed;
    });
}

Result<void> FakeStore::ping() {
    return locked([](FakeTables&) { return Result<void>(); });
}

Result<Account> FakeStore::add(const NewAccount& account) {
    return locked([&](FakeTables& tables) -> Result<Account> {
        if (auto created = tables.create(account); !created) {
            return created.error();
        }
        tables.note("user-created", account.id.str());
        if (auto told = tell(tables, "user.created", account.id); !told) {
            return told.error();
        }
        return tables.account_of(tables.users.back());
    });
}

Result<Account> FakeStore::invite(const NewAccount& account, const std::vector<Text>& roles,
                                  const Invitation& invitation) {
    return locked([&](FakeTables& tables) -> Result<Account> {
        for (const Text& role : roles) {
            if (!has_role(tables, role.view())) {
                return Error{Errc::role_not_found, "There is no role \"" + role.str() + '"'};
            }
        }
        if (auto created = tables.create(account); !created) {
            return created.error();
        }
        for (const Text& role : roles) {
            tables.grants.emplace(account.id.str(), role.str());
        }
        FakeTickets within(tables);
        static_cast<void>(within.put(invitation.ticket));
        static_cast<void>(within.put(invitation.mail));
        tables.note("user-invited", account.id.str());
        if (auto told = tell(tables, "user.created", account.id); !told) {
            return told.error();
        }
        return tables.account_of(tables.users.back());
    });
}

Result<void> FakeStore::tell(FakeTables& tables, std::string_view event, const UserId& id) {
    FakeTickets writer(tables);
    return teller_ == nullptr ? Result<void>() : teller_->tell(writer, event, id, {});
}

Result<void> FakeStore::notify(FakeTables& tables, std::string_view notice, const Account& user) {
    FakeTickets writer(tables);
    return teller_ == nullptr ? Result<void>() : teller_->notify(writer, notice, user, {});
}

Result<std::size_t> FakeStore::end_sessions(const UserId& id) {
    return locked([&](FakeTables& tables) -> Result<std::size_t> {
        const auto before = tables.sessions.size();
        tables.end_sessions_of(id);
        tables.note("sessions-ended", id.str());
        return before - tables.sessions.size();
    });
}

Result<std::vector<Account>> FakeStore::list(const AccountFilter& filter,
                                             const std::optional<UserId>& after,
                                             std::size_t limit) {
    return locked([&](FakeTables& tables) -> Result<std::vector<Account>> {
        std::vector<Account> out;
        for (const auto& row : tables.users) {
            const bool found = !filter.search || contains_folded(row.username, *filter.search) ||
                               contains_folded(row.email, *filter.search);
            const bool granted =
                !filter.role || tables.grants.contains({row.id, filter.role->str()});
            if (found && granted && (!after || row.id > after->str())) {
                out.push_back(tables.account_of(row));
                out.back().password_hash.clear();
            }
        }
        std::sort(out.begin(), out.end(),
                  [](const Account& a, const Account& b) { return a.id < b.id; });
        const std::size_t size = std::min({out.size(), limit, kListPageMax});
        out.erase(out.begin() + static_cast<std::ptrdiff_t>(size), out.end());
        return out;
    });
}

Result<void> FakeStore::set_active(const UserId& id, bool active) {
    return locked([&](FakeTables& tables) -> Result<void> {
        auto* const row = tables.row_of(id);
        if (row == nullptr) {
            return Errc::user_not_found;
        }
        row->active = active;
        if (!active) {
            tables.end_sessions_of(id);
        }
        tables.note(active ? "user-enabled" : "user-disabled", id.str());
        return tell(tables, active ? "user.enabled" : "user.disabled", id);
    });
}

Result<bool> FakeStore::unlock(const UserId& id) {
    return locked([&](FakeTables& tables) -> Result<bool> {
        tables.note("user-unlocked", id.str());
        return tables.forget_failures_of(id) > 0;
    });
}

Result<void> FakeStore::set_password(const UserId& id, const Text& hash) {
    return locked([&](FakeTables& tables) -> Result<void> {
        auto* const row = tables.row_of(id);
        if (row == nullptr) {
            return Errc::user_not_found;
        }
        row->password = hash.str();
        tables.forget_failures_of(id);
        tables.spend_tickets_of(id);
        tables.end_sessions_of(id);
        tables.note("password-set", id.str());
        auto told = notify(tables, "password-changed", tables.account_of(*row));
        return told ? tell(tables, "password.changed", id) : told;
    });
}

Result<void> FakeStore::remove(const UserId& id) {
    return locked([&](FakeTables& tables) -> Result<void> {
        if (!tables.remove(id)) {
            return Errc::user_not_found;
        }
        tables.note("user-deleted", id.str());
        return tell(tables, "user.deleted", id);
    });
}

Result<void> FakeStore::rename(const UserId& id, const Text& username) {
    return locked([&](FakeTables& tables) -> Result<void> {
        auto* const row = tables.row_of(id);
        if (row == nullptr) {
            return Errc::user_not_found;
        }
        if (auto free = tables.require_free(id, username, {}); !free) {
            return free;
        }
        row->username = username.str();
        tables.note("user-renamed", id.str());
        return tell(tables, "user.renamed", id);
    });
}

Result<void> FakeStore::set_email(const UserId& id, const std::optional<Text>& email) {
    return locked([&](FakeTables& tables) -> Result<void> {
        auto* const row = tables.row_of(id);
        if (row == nullptr || (!email && !row->username)) {
            return Errc::user_not_found;
        }
        if (auto free = tables.require_free(id, {}, email); !free) {
            return free;
        }
        const Account was = tables.account_of(*row);
        row->email = str(email);
        tables.note("email-set", id.str());
        auto told = notify(tables, "address-set", was);
        return told ? tell(tables, "user.email-changed", id) : told;
    });
}

Result<std::vector<Text>> FakeStore::grant(const UserId& id, const std::vector<Text>& roles) {
    return change_roles(id, roles, true);
}

Result<std::vector<Text>> FakeStore::revoke(const UserId& id, const std::vector<Text>& roles) {
    return change_roles(id, roles, false);
}

Result<std::vector<Text>> FakeStore::change_roles(const UserId& id, const std::vector<Text>& roles,
                                                  bool grant) {
    return locked([&](FakeTables& tables) -> Result<std::vector<Text>> {
        if (tables.row_of(id) == nullptr) {
            return Errc::user_not_found;
        }
        for (const Text& role : roles) {
            if (!has_role(tables, role.view())) {
                return Error{Errc::role_not_found, "There is no role \"" + role.str() + '"'};
            }
        }
        std::vector<Text> changed;
        for (const Text& role : roles) {
            const std::pair row{id.str(), role.str()};
            if (grant ? tables.grants.insert(row).second : tables.grants.erase(row) == 1) {
                changed.push_back(role);
                tables.note(grant ? "role-granted" : "role-revoked", id.str());
            }
        }
        const auto told = changed.empty() ? Result<void>() : tell(tables, "roles.changed", id);
        return told ? Result<std::vector<Text>>(std::move(changed)) : told.error();
    });
}

Result<std::vector<RoleRow>> FakeStore::list_roles(const std::optional<Text>& search,
                                                   std::size_t limit) {
    return locked([&](FakeTables& tables) -> Result<std::vector<RoleRow>> {
        std::vector<RoleRow> out;
        for (const std::string& role : tables.roles) {
            if (search && !contains_folded(role, *search)) {
                continue;
            }
            const auto users =
                std::count_if(tables.grants.begin(), tables.grants.end(),
                              [&](const auto& grant) { return grant.second == role; });
            out.push_back({role, static_cast<std::size_t>(users)});
        }
        std::sort(out.begin(), out.end(),
                  [](const RoleRow& a, const RoleRow& b) { return a.name < b.name; });
        out.erase(out.begin() + static_cast<std::ptrdiff_t>(std::min(out.size(), limit)),
                  out.end());
        return out;
    });
}

Result<void> FakeStore::create_role(const Text& name) {
    return locked([&](FakeTables& tables) -> Result<void> {
        if (has_role(tables, name.view())) {
            return Errc::role_taken;
        }
        tables.roles.push_back(name.str());
        tables.note("role-created", name.str());
        return {};
    });
}

Result<void> FakeStore::remove_role(const Text& name) {
    return locked([&](FakeTables& tables) -> Result<void> {
        if (!has_role(tables, name.view())) {
            return Errc::role_not_found;
        }
        for (const auto& grant : tables.grants) {
            if (grant.second == name.str()) {
                return Errc::role_in_use;
            }
        }
        std::erase(tables.roles, name.str());
        tables.note("role-deleted", name.str());
        return {};
    });
}

Result<std::vector<AuditEntry>> FakeStore::latest(const AuditFilter& filter, std::size_t limit) {
    return locked([&](FakeTables& tables) -> Result<std::vector<AuditEntry>> {
        std::vector<AuditEntry> out;
        for (auto row = tables.audit.rbegin(); row != tables.audit.rend() && out.size() < limit;
             ++row) {
            if ((!filter.subject || row->subject == filter.subject->str()) &&
                (!filter.action || row->action == filter.action->str()) &&
                (!filter.since_s || row->at_s >= *filter.since_s)) {
                out.push_back(*row);
            }
        }
        return out;
    });
}

Result<std::size_t> FakeStore::prune(std::int64_t keep_s, std::size_t limit) {
    return locked([&](FakeTables& tables) -> Result<std::size_t> {
        const std::int64_t oldest_s = tables.now_ms() / 1000 - std::max(keep_s, kAuditKeepMinS);
        std::size_t removed = 0;
        std::erase_if(tables.audit, [&](const AuditEntry& row) {
            const bool old = removed < limit && row.at_s < oldest_s;
            removed += old ? 1 : 0;
            return old;
        });
        return removed;
    });
}

}  // namespace signet::test
