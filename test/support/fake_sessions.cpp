#include "support/fake_sessions.hpp"

#include "base/ascii.hpp"
#include "support/fake_tickets.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

namespace signet::test {
namespace {

constexpr std::int64_t kMsPerS = 1000;

FakeTables::SessionRow* row_of(FakeTables& tables, const SessionId& id) {
    const auto found = std::ranges::find(tables.sessions, id, &FakeTables::SessionRow::id);
    return found == tables.sessions.end() ? nullptr : &*found;
}

SessionState state_of(FakeTables& tables, const FakeTables::SessionRow& row) {
    SessionState state = row.state;
    state.user_active = tables.row_of(row.user)->active.value_or(false);
    return state;
}

Account account_of(FakeTables& tables, const FakeTables::SessionRow& row) {
    return tables.account_of(*tables.row_of(row.user));
}

void advance(FakeTables& tables, FakeTables::SessionRow& row, std::uint32_t generation,
             const SessionPolicy& policy) {
    const std::int64_t now_ms = tables.now_ms();
    row.state.generation = generation;
    row.state.rotated_at_ms = now_ms;
    row.last_used_at_ms = now_ms;
    row.state.idle_until_ms =
        std::min(now_ms + policy.idle_s * kMsPerS, row.state.absolute_until_ms);
}

// Returns the sessions of a user, the most recently used first.
std::vector<FakeTables::SessionRow> sessions_of(const FakeTables& tables, const UserId& user) {
    std::vector<FakeTables::SessionRow> out;
    std::ranges::copy_if(tables.sessions, std::back_inserter(out),
                         [&](const auto& row) { return row.user == user; });
    std::ranges::stable_sort(out, [](const auto& a, const auto& b) {
        return std::pair(-a.last_used_at_ms, a.id) < std::pair(-b.last_used_at_ms, b.id);
    });
    return out;
}

std::optional<StoredSession> read_session(FakeTables& tables, const SessionId& id) {
    const auto* const row = row_of(tables, id);
    if (row == nullptr) {
        return std::nullopt;
    }
    StoredSession found{account_of(tables, *row), state_of(tables, *row), tables.now_ms(),
                        row->sealed_key};
    found.account.claims.reset();
    return found;
}

// Changes the tables under their lock, and restores them unless it is committed.
class FakeTransaction final : public AccountTransaction {
public:
    FakeTransaction(std::shared_ptr<FakeTables> tables, Origin origin)
        : tables_(std::move(tables)),
          origin_(std::move(origin)),
          tickets_(*tables_),
          lock_(tables_->mutex),
          before_(*tables_) {}
    ~FakeTransaction() override {
        if (lock_.owns_lock()) {
            static_cast<FakeRows&>(*tables_) = std::move(before_);
        }
    }
    FakeTransaction(const FakeTransaction&) = delete;
    FakeTransaction& operator=(const FakeTransaction&) = delete;

    Result<void> create_account(const NewAccount& account) override {
        auto created = tables_->create(account);
        if (created) {
            note(account.id, "signup");
        }
        return created;
    }
    Result<bool> note_login(const VerifiedLogin& login) override {
        auto* const row = tables_->row_of(login.user);
        if (row == nullptr || row->active != true || row->password != login.verified_hash.str()) {
            return false;
        }
        row->last_login_at_s = tables_->now_ms() / kMsPerS;
        if (login.new_hash) {
            row->password = login.new_hash->str();
        }
        return true;
    }
    Result<void> open_session(const UserId& user, const NewSession& session) override {
        const std::int64_t now_ms = tables_->now_ms();
        const std::int64_t absolute_ms = now_ms + session.policy.absolute_s * kMsPerS;
        const std::int64_t idle_ms =
            std::min(now_ms + session.policy.idle_s * kMsPerS, absolute_ms);
        tables_->sessions.push_back({session.id,
                                     user,
                                     session.sealed_key.str(),
                                     session.client,
                                     now_ms,
                                     now_ms,
                                     {0, now_ms, idle_ms, absolute_ms, false}});
        const auto& network = session.client.address;
        tables_->note(user,
                      {"login", {network ? Text::from(*network) : std::nullopt, origin_.request}},
                      "session " + session.id.str());
        return {};
    }
    Result<void> trim_sessions(const UserId& user, const SessionId& kept,
                               std::size_t max) override {
        std::size_t others = 0;
        for (const auto& row : sessions_of(*tables_, user)) {
            if (row.id != kept && ++others >= max) {
                std::erase_if(tables_->sessions,
                              [&](const auto& each) { return each.id == row.id; });
            }
        }
        return {};
    }
    Result<Account> read_account(const UserId& user) override {
        Account account = tables_->account_of(*tables_->row_of(user));
        account.password_hash.clear();
        return account;
    }
    Result<std::optional<StoredSession>> lock_session(const SessionId& id) override {
        return read_session(*tables_, id);
    }
    Result<void> advance_session(const SessionId& id, std::uint32_t generation,
                                 const SessionPolicy& policy) override {
        advance(*tables_, *row_of(*tables_, id), generation, policy);
        return {};
    }
    Result<void> end_reused_session(const SessionId& id, const StoredSession& session,
                                    std::uint32_t /*presented*/) override {
        note(session.account.id, "session-reuse", "session " + id.str());
        std::erase_if(tables_->sessions, [&](const auto& each) { return each.id == id; });
        return {};
    }
    Result<bool> replace_password(const UserId& user, const PasswordChange& change,
                                  const SessionId& from) override {
        auto* const row = acting_row(user, from);
        if (row == nullptr || row->password != change.expected_hash.str()) {
            return false;
        }
        row->password = change.new_hash.str();
        tables_->forget_failures_of(user);
        tables_->spend_tickets_of(user);
        note(user, "password-changed");
        return true;
    }
    Result<bool> change_account(const UserId& user, const AccountChange& change,
                                const SessionId& from) override {
        if (auto free = tables_->require_free(user, change.username, std::nullopt); !free) {
            return free.error();
        }
        auto* const row = acting_row(user, from);
        if (row == nullptr) {
            return false;
        }
        if (change.username) {
            row->username = change.username->str();
        }
        if (change.metadata) {
            row->metadata = change.metadata->str();
        }
        note(user, "account-changed");
        return true;
    }
    Result<bool> delete_account(const UserId& user, const Text& verified_hash,
                                const SessionId& from) override {
        auto* const row = acting_row(user, from);
        if (row == nullptr || row->password != verified_hash.str()) {
            return false;
        }
        tables_->remove(user);
        note(user, "account-deleted");
        return true;
    }
    TicketStore& tickets() override { return tickets_; }
    OutboxWriter& outbox() override { return tickets_; }
    Result<void> end_other_sessions(const UserId& user, const SessionId& kept) override {
        std::erase_if(tables_->sessions,
                      [&](const auto& each) { return each.user == user && each.id != kept; });
        return {};
    }
    Result<void> commit() override {
        lock_.unlock();
        return {};
    }

private:
    void note(const UserId& user, std::string_view action, std::string detail = {}) {
        tables_->note(user, {action, origin_}, std::move(detail));
    }
    // Returns the row of an active user who has the session `from`, or null.
    FakeTables::UserRow* acting_row(const UserId& user, const SessionId& from) {
        const bool live = std::ranges::any_of(tables_->sessions, [&](const auto& each) {
            return each.user == user && each.id == from;
        });
        auto* const row = tables_->row_of(user);
        return live && row != nullptr && row->active == true ? row : nullptr;
    }

    std::shared_ptr<FakeTables> tables_;
    Origin origin_;
    FakeTickets tickets_;
    std::unique_lock<std::mutex> lock_;
    FakeRows before_;
};

}  // namespace

template <class F>
auto FakeSessions::locked(F&& work) -> decltype(work(std::declval<FakeTables&>())) {
    const std::scoped_lock lock(tables_->mutex);
    if (tables_->outage) {
        return *tables_->outage;
    }
    return std::forward<F>(work)(*tables_);
}

Result<std::unique_ptr<AccountTransaction>> FakeSessions::begin(const Origin& origin) {
    auto transaction = std::make_unique<FakeTransaction>(tables_, origin);
    if (tables_->outage) {
        return *tables_->outage;
    }
    return std::unique_ptr<AccountTransaction>(std::move(transaction));
}

Result<std::optional<StoredSession>> FakeSessions::find(const SessionId& id) {
    return locked([&](FakeTables& tables) -> Result<std::optional<StoredSession>> {
        return read_session(tables, id);
    });
}

Result<std::optional<Account>> FakeSessions::find_caller(const UserId& user,
                                                         const std::optional<SessionId>& id) {
    return locked([&](FakeTables& tables) -> Result<std::optional<Account>> {
        const auto* const session = id ? row_of(tables, *id) : nullptr;
        const bool lives = session != nullptr && session->user == user &&
                           tables.now_ms() < session->state.idle_until_ms;
        const auto* const row = tables.row_of(user);
        if (row == nullptr || (id && !lives)) {
            return std::optional<Account>();
        }
        Account account = tables.account_of(*row);
        const auto proven = tables.proven.find(user.str());
        account.email_proven = proven != tables.proven.end() && account.email &&
                               equal_ignoring_case(proven->second, *account.email);
        return std::optional(std::move(account));
    });
}

Result<std::optional<Account>> FakeSessions::rotate(const SessionId& id, std::uint32_t presented,
                                                    const SessionPolicy& policy) {
    return locked([&](FakeTables& tables) -> Result<std::optional<Account>> {
        auto* const row = row_of(tables, id);
        if (row == nullptr) {
            return std::optional<Account>();
        }
        const RefreshDecision decision =
            decide_refresh(state_of(tables, *row), presented, tables.now_ms(), policy.grace_s);
        if (decision.which != RefreshCase::rotate) {
            return std::optional<Account>();
        }
        advance(tables, *row, decision.generation, policy);
        return std::optional(account_of(tables, *row));
    });
}

Result<std::vector<SessionInfo>> FakeSessions::list(const UserId& user) {
    return locked([&](FakeTables& tables) -> Result<std::vector<SessionInfo>> {
        std::vector<SessionInfo> out;
        for (const auto& row : sessions_of(tables, user)) {
            if (tables.now_ms() < row.state.idle_until_ms) {
                out.push_back({row.id, row.client, row.created_at_ms / kMsPerS,
                               row.last_used_at_ms / kMsPerS, row.state.idle_until_ms / kMsPerS});
            }
        }
        return out;
    });
}

Result<bool> FakeSessions::end(const UserId& user, const SessionId& id, const AuditNote& note) {
    return locked([&](FakeTables& tables) -> Result<bool> {
        const bool ended = std::erase_if(tables.sessions, [&](const auto& row) {
                               return row.id == id && row.user == user;
                           }) == 1;
        if (ended) {
            tables.note(user, note, "session " + id.str());
        }
        return ended;
    });
}

Result<std::size_t> FakeSessions::end_all(const UserId& user, const std::optional<SessionId>& kept,
                                          const AuditNote& note) {
    return locked([&](FakeTables& tables) -> Result<std::size_t> {
        const std::size_t ended = std::erase_if(
            tables.sessions, [&](const auto& row) { return row.user == user && row.id != kept; });
        tables.note(user, note, "sessions " + std::to_string(ended));
        return ended;
    });
}

Result<void> FakeSessions::note_rewrap() {
    return locked([](FakeTables& tables) -> Result<void> {
        tables.note("sessions-rewrapped", "sessions");
        return {};
    });
}

Result<SweepResult> FakeSessions::sweep(std::size_t limit) {
    return locked([&](FakeTables& tables) -> Result<SweepResult> {
        SweepResult out;
        std::erase_if(tables.sessions, [&](const auto& row) {
            const bool over = out.removed < limit && tables.now_ms() >= row.state.idle_until_ms;
            out.removed += over ? 1 : 0;
            return over;
        });
        out.looked_at = out.removed;
        return out;
    });
}

Result<std::vector<SealedSession>> FakeSessions::list_sealed(const std::optional<SessionId>& after,
                                                             std::size_t limit) {
    return locked([&](FakeTables& tables) -> Result<std::vector<SealedSession>> {
        std::vector<SealedSession> out;
        for (const auto& row : tables.sessions) {
            if (!after || row.id > *after) {
                out.push_back({row.id, row.sealed_key});
            }
        }
        std::ranges::sort(out, {}, &SealedSession::id);
        const std::size_t size = std::min(out.size(), limit);
        out.erase(out.begin() + static_cast<std::ptrdiff_t>(size), out.end());
        return out;
    });
}

Result<bool> FakeSessions::reseal(const SealedSession& was, const Text& sealed_key) {
    return locked([&](FakeTables& tables) -> Result<bool> {
        auto* const row = row_of(tables, was.id);
        if (row == nullptr || row->sealed_key != was.sealed_key) {
            return false;
        }
        row->sealed_key = sealed_key.str();
        return true;
    });
}

}  // namespace signet::test
