#pragma once

#include "service/refresh.hpp"
#include "store/store.hpp"
#include "support/fake_sessions.hpp"
#include "support/fake_store.hpp"
#include "support/fake_tickets.hpp"

#include <memory>
#include <string>
#include <vector>

namespace signet::test {

// The ports of one thread.
struct Ports {
    std::shared_ptr<void> owner;
    AccountStore* accounts = nullptr;
    FailureStore* failures = nullptr;
    AccountAdmin* admin = nullptr;
    RoleAdmin* roles = nullptr;
    AuditTrail* audit = nullptr;
    SessionStore* sessions = nullptr;
    SessionMaintenance* maintenance = nullptr;
    Outbox* outbox = nullptr;
    CodeStore* codes = nullptr;
};

// A row that another client inserts into "user" by SQL.
struct SqlUser {
    std::string id;
    std::optional<std::string> username = {};
    std::optional<std::string> email = {};
    std::optional<std::string> password = {};
    std::optional<bool> active = true;
    std::optional<std::string> default_role = {};
};

// An empty store in memory, and another client that changes its tables as SQL would. The suite runs
// on this and on PgDatabase.
class FakeDatabase {
public:
    Ports ports() const;
    void insert_user(const SqlUser& user);
    void insert_role(const std::string& name);
    void insert_user_role(const std::string& user_id, const std::string& role);
    // Makes all times of the session `seconds` earlier.
    void age_session(const SessionId& id, std::int64_t seconds);
    // Makes all times of wrong passwords `seconds` earlier.
    void age_failures(std::int64_t seconds);
    // Makes the rows of the audit that are there now so much older.
    void age_audit(std::int64_t seconds);
    // Makes all times of tickets, the outbox and mails that were sent `seconds` earlier.
    void age_mail(std::int64_t seconds);
    void set_email(const UserId& user, const std::string& address);
    // Returns the subjects of the audit rows with this action.
    std::vector<std::string> audited(const std::string& action);

private:
    std::shared_ptr<FakeTables> tables_ = std::make_shared<FakeTables>();
};

class PgDatabase {
public:
    PgDatabase();
    Ports ports() const;
    void insert_user(const SqlUser& user);
    void insert_role(const std::string& name);
    void insert_user_role(const std::string& user_id, const std::string& role);
    void age_session(const SessionId& id, std::int64_t seconds);
    void age_failures(std::int64_t seconds);
    void age_mail(std::int64_t seconds);
    void set_email(const UserId& user, const std::string& address);
    void age_audit(std::int64_t seconds);
    std::vector<std::string> audited(const std::string& action);

    const std::string& url() const { return url_; }
    store::ConnectionOptions options() const { return {.dsn = url_}; }

private:
    std::string url_;
};

// Returns the Text of a literal that is known to be valid.
Text text(std::string_view bytes);
// Returns the contents of a file of test/support.
std::string read_fixture(const std::string& name);
// Returns a random user id.
UserId new_id();
// Returns a new account with the role "user", a username, and an e-mail address unless it is empty.
NewAccount new_account(std::string_view username, std::string_view email = {});
// Returns a session with a random id that belongs to nobody yet.
NewSession new_session(const SessionPolicy& policy = {});

// Creates the account, and opens `session` for it if there is one, in one transaction.
Result<void> create(SessionStore& sessions, const NewAccount& account,
                    const std::optional<NewSession>& session = {});
// Opens a session after a verified login, in one transaction. Returns false if the account has
// changed.
Result<bool> open(SessionStore& sessions, const NewSession& session, const VerifiedLogin& login);
// Replaces the password and ends all sessions but `kept`, in one transaction. Returns false if the
// account has changed.
Result<bool> change_password(SessionStore& sessions, const UserId& user,
                             const PasswordChange& change, const SessionId& kept);
// Decides on a refresh token of generation `presented` with the session locked, in one transaction.
Result<Settled> settle(SessionStore& sessions, const SessionId& id, std::uint32_t presented,
                       const SessionPolicy& policy);

}  // namespace signet::test
