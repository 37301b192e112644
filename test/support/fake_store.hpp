#pragma once

#include <signet/ports/accounts.hpp>
#include <signet/ports/audit.hpp>
#include <signet/ports/sessions.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace signet::test {

// The rows of the fake store.
struct FakeRows {
    struct UserRow {
        std::string id;
        std::optional<std::string> username;
        std::optional<std::string> email;
        std::optional<std::string> password;
        std::optional<bool> active;
        std::optional<std::string> default_role;
        std::int64_t created_at_s = 0;
        std::optional<std::int64_t> last_login_at_s;
        std::string metadata = "{}";
    };

    struct SessionRow {
        SessionId id;
        UserId user;
        std::string sealed_key;
        SessionClient client;
        std::int64_t created_at_ms = 0;
        std::int64_t last_used_at_ms = 0;
        SessionState state;  // except user_active, which is in the user's row
    };

    struct FailureRow {
        std::int64_t failures = 0;
        std::int64_t wait_until_ms = 0;
        std::int64_t last_at_ms = 0;
        std::int64_t trying = 0;
        std::int64_t trying_until_ms = 0;
        std::optional<std::int64_t> alarmed_at_ms;
    };

    std::vector<SessionRow> sessions;
    std::map<std::string, FailureRow> failures;  // by subject
    struct TicketRow {
        NewTicket ticket;
        std::int64_t tries = 0;
        std::int64_t expires_at_ms = 0;
    };
    struct SentMail {
        std::string address;
        std::optional<UserId> user;
        std::int64_t at_ms = 0;
    };
    struct OutboxRowState {
        NewOutboxRow row;
        std::int64_t created_at_ms = 0;
        std::int64_t due_at_ms = 0;
        std::int64_t attempts = 0;
        std::optional<std::int64_t> failed_at_ms = {};
        std::string error = {};
        std::int64_t tried_since_ms = created_at_ms;
        bool leased = false;
        std::optional<std::int64_t> sent_at_ms = {};
    };

    std::vector<TicketRow> tickets;
    std::vector<SentMail> mails_sent;
    std::vector<OutboxRowState> outbox;
    std::map<std::string, std::string> proven;  // addresses by the id of the user
    std::vector<AuditEntry> audit;
    std::int64_t last_audit_id = 0;
    std::vector<UserRow> users;
    std::vector<std::string> roles;
    std::set<std::pair<std::string, std::string>> grants;  // user id, role name
};

// The tables of the fake. Tests change them as plain SQL could. Lock the mutex before use.
class FakeTables : public FakeRows {
public:
    // Returns the time by the clock of the tables, in Unix milliseconds.
    std::int64_t now_ms() const;
    UserRow* row_of(const UserId& id);
    Account account_of(const UserRow& row) const;
    // Does what the database's cascades do. Returns whether there was the user.
    bool remove(const UserId& user);
    // Returns username_taken or email_taken if another account than `id` has the name.
    Result<void> require_free(const UserId& id, const std::optional<Text>& username,
                              const std::optional<Text>& email) const;
    // Creates an account as AccountTransaction does.
    Result<void> create(const NewAccount& account);
    // Returns the failures that count for a subject.
    Failures failures_of(const std::string& subject) const;
    void spend_tickets_of(const UserId& user);
    // Returns the id of the account that AccountStore::find() finds.
    std::optional<std::string> find_name(const LoginName& name) const;
    // Returns how many budgets of the user had any.
    std::size_t forget_failures_of(const UserId& user);
    // Add a row to the audit: of what a user did, and of what an operator did.
    void note(const UserId& user, const AuditNote& note, std::string detail);
    void note(std::string action, std::string subject);
    // Does what the database's trigger and foreign key do.
    void end_sessions_of(const UserId& user);

    std::mutex mutex;
    std::optional<Errc> outage;                // the error of every call, if set
    std::optional<std::string> claims = "{}";  // the answer of the claims function
    bool new_users_active = true;              // false: as a trigger for review makes them
    std::int64_t ahead_ms = 0;                 // of the system clock
};

// Implements four ports of the store in memory, for tests of their users. It keeps the promises of
// the PostgreSQL store, because test/contract runs on both. Several, one per thread, can share
// tables.
class FakeStore final : public AccountStore,
                        public FailureStore,
                        public AccountAdmin,
                        public RoleAdmin,
                        public AuditTrail {
public:
    explicit FakeStore(std::shared_ptr<FakeTables> tables) : tables_(std::move(tables)) {}

    Result<std::optional<Account>> find(const LoginName& name) override;
    Result<std::optional<Account>> find(const UserId& id) override;
    Result<LoginMatch> find_for_login(const LoginName& name, const LoginOrigin& origin) override;
    Result<void> ping() override;

    Result<std::optional<Failures>> read(const UserId& user, const SessionId& session) override;
    Result<bool> reserve(const Text& subject, std::int64_t failures_max) override;
    Result<CountedFailure> count(const Failure& failure) override;
    Result<void> give_back(const Text& subject) override;
    Result<void> forget(const Text& subject) override;
    Result<std::size_t> sweep(std::size_t limit) override;

    Result<Account> add(const NewAccount& account) override;
    Result<Account> invite(const NewAccount& account, const std::vector<Text>& roles,
                           const Invitation& invitation) override;
    void tell_of_changes(EventTeller* teller) override { teller_ = teller; }
    Result<std::size_t> end_sessions(const UserId& id) override;
    Result<std::vector<Account>> list(const AccountFilter& filter,
                                      const std::optional<UserId>& after,
                                      std::size_t limit) override;
    Result<void> rename(const UserId& id, const Text& username) override;
    Result<void> set_email(const UserId& id, const std::optional<Text>& email) override;
    Result<void> set_active(const UserId& id, bool active) override;
    Result<bool> unlock(const UserId& id) override;
    Result<void> set_password(const UserId& id, const Text& hash) override;
    Result<void> remove(const UserId& id) override;
    Result<std::vector<Text>> grant(const UserId& id, const std::vector<Text>& roles) override;
    Result<std::vector<Text>> revoke(const UserId& id, const std::vector<Text>& roles) override;

    Result<std::vector<RoleRow>> list_roles(const std::optional<Text>& search,
                                            std::size_t limit) override;
    Result<void> create_role(const Text& name) override;
    Result<void> remove_role(const Text& name) override;

    Result<std::vector<AuditEntry>> latest(const AuditFilter& filter, std::size_t limit) override;
    Result<std::size_t> prune(std::int64_t keep_s, std::size_t limit) override;

private:
    Result<std::vector<Text>> change_roles(const UserId& id, const std::vector<Text>& roles,
                                           bool grant);
    // Runs `work` on the tables under their lock, unless there is an outage.
    template <class F>
    auto locked(F&& work) -> decltype(work(std::declval<FakeTables&>()));

    // Tells of a change that was made, as an event without data.
    Result<void> tell(FakeTables& tables, std::string_view event, const UserId& id);
    Result<void> notify(FakeTables& tables, std::string_view notice, const Account& user);

    std::shared_ptr<FakeTables> tables_;
    EventTeller* teller_ = nullptr;
};

}  // namespace signet::test
