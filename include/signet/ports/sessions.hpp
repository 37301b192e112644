#pragma once

#include <signet/domain/session.hpp>
#include <signet/domain/text.hpp>
#include <signet/domain/user.hpp>
#include <signet/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet {

// A stored hash that is to become another one, unless somebody else has changed it.
struct PasswordChange {
    Text expected_hash;
    Text new_hash;
};

// A login whose password was found right.
struct ProvenLogin {
    UserId user;
    Text proven_hash;              // what the password was verified against
    std::optional<Text> new_hash;  // replaces it
};

// A session with its user, as they were at one moment of the store.
struct StoredSession {
    Account account;  // with the roles of that moment
    SessionState state;
    std::int64_t now_ms = 0;  // the store's clock
    std::string sealed_key;
};

// One transaction over accounts and their sessions. What was not committed when the object is
// destroyed is rolled back. After an error nothing can be committed any more. While the object
// lives, nothing else may use the stores of its thread. The errors are those of AccountStore; when
// the connection breaks before commit(), the error is store_unavailable and nothing has happened.
class AccountTransaction {
public:
    virtual ~AccountTransaction() = default;

    // Creates the user and its role row, and the role if the table `role` lacks it. Errors:
    // username_taken and email_taken, which are found without regard to ASCII case.
    virtual Result<void> create_account(const NewAccount& account) = 0;
    // Notes the time of the login and replaces the hash. Returns false, having done nothing, if the
    // account is gone or inactive, or its hash is another one by now.
    virtual Result<bool> note_login(const ProvenLogin& login) = 0;
    // Opens a session of a user who was created or noted by this transaction.
    virtual Result<void> open_session(const UserId& user, const NewSession& session) = 0;
    // Ends the sessions of the user that were unused for longest, so that at most `max` are left;
    // `kept` is never among them.
    virtual Result<void> trim_sessions(const UserId& user, const SessionId& kept,
                                       std::size_t max) = 0;
    // Returns the account as this transaction will leave it, with roles and claims of one moment
    // and without the password hash. Also returns claims_failed.
    virtual Result<Account> read_account(const UserId& user) = 0;

    // Returns the session once nobody else can change it, or nothing if there is none. The account
    // has claims only where no function has to be asked for them.
    virtual Result<std::optional<StoredSession>> lock_session(const SessionId& id) = 0;
    // Sets the generation, notes the use, and extends the life of a locked session.
    virtual Result<void> advance_session(const SessionId& id, std::uint32_t generation,
                                         const SessionPolicy& policy) = 0;
    // Ends a locked session because its refresh token of generation `presented` was used again, and
    // leaves a row of the audit that says so.
    virtual Result<void> end_reused_session(const SessionId& id, const StoredSession& session,
                                            std::uint32_t presented) = 0;

    // Replaces the hash. Returns false, having done nothing, if the account is gone or inactive,
    // its hash is not the expected one, or the session `from` is over.
    virtual Result<bool> replace_password(const UserId& user, const PasswordChange& change,
                                          const SessionId& from) = 0;
    // Ends all sessions of the user but `kept`.
    virtual Result<void> end_other_sessions(const UserId& user, const SessionId& kept) = 0;

    // Makes all of it durable. When the answer to COMMIT was lost, a created account and a replaced
    // password are looked for: success if they are there, store_unavailable if they are not. If
    // nobody can tell, and for everything else, the error is store_in_doubt.
    virtual Result<void> commit() = 0;
};

// Sessions as the use cases need them. Every change is durable when it returns. A session that is
// over is gone: no row tells of it. Making an account inactive, by whatever means, ends its
// sessions, and so does deleting it. An object belongs to one thread, with the errors of
// AccountStore.
class SessionStore {
public:
    virtual ~SessionStore() = default;

    virtual Result<std::unique_ptr<AccountTransaction>> begin() = 0;

    // Returns nothing if there is no such session; an expired one may be found. The account has
    // claims only where no function has to be asked for them.
    virtual Result<std::optional<StoredSession>> find(const SessionId& id) = 0;
    // Returns the same with the claims of an active user whose session lives. Also returns
    // claims_failed.
    virtual Result<std::optional<StoredSession>> find_for_refresh(const SessionId& id) = 0;

    // Returns the account if this session of it lives.
    virtual Result<std::optional<Account>> find_caller(const UserId& user, const SessionId& id) = 0;

    // Carries out RefreshCase::rotate in one statement and returns the account as of that moment.
    // Returns nothing, having done nothing, if `presented` is not the current generation, or the
    // session or its user is not live.
    virtual Result<std::optional<Account>> rotate(const SessionId& id, std::uint32_t presented,
                                                  const SessionPolicy& policy) = 0;

    // Returns the sessions that live, the last used first.
    virtual Result<std::vector<SessionInfo>> list(const UserId& user) = 0;
    // Returns false if the user has no such session.
    virtual Result<bool> end(const UserId& user, const SessionId& id) = 0;
    // Ends all sessions but `kept` and returns how many ended.
    virtual Result<std::size_t> end_all(const UserId& user,
                                        const std::optional<SessionId>& kept) = 0;
};

// Seals the key of a session, so that whoever reads the database cannot make its refresh tokens. A
// sealed key opens for its own session only. Thread-safe.
class SessionSealer {
public:
    virtual ~SessionSealer() = default;

    // `key` has kSessionKeyBytes.
    virtual Text seal(std::string_view key, const SessionId& id) const = 0;
    // The caller wipes the result. Returns session_key_unavailable if the key-encryption key is not
    // among ours, or the text is damaged or belongs to another session; log_detail says which.
    virtual Result<std::string> open(std::string_view sealed, const SessionId& id) const = 0;
    // Tells whether it was sealed by the key that seals today.
    virtual bool current(std::string_view sealed) const = 0;
};

// One step of a sweep.
struct Swept {
    std::size_t looked_at = 0;
    std::size_t removed = 0;
};

struct SealedSession {
    SessionId id;
    std::string sealed_key;
};

// Maintains the table of sessions. An object belongs to one thread, with the errors of
// AccountStore.
class SessionMaintenance {
public:
    virtual ~SessionMaintenance() = default;

    // Looks at `limit` sessions at most and removes those that have expired. When several threads
    // sweep at once, they share the work.
    virtual Result<Swept> sweep(std::size_t limit) = 0;

    // Returns at most `limit` sessions after the id `after`, ordered by id.
    virtual Result<std::vector<SealedSession>> list_sealed(const std::optional<SessionId>& after,
                                                           std::size_t limit) = 0;
    // Leaves a row of the audit: from now on the operator has the keys of sessions sealed anew.
    virtual Result<void> note_rewrap() = 0;
    // Returns false if the session is gone, or its sealed key is not that of `was` any more.
    virtual Result<bool> reseal(const SealedSession& was, const Text& sealed_key) = 0;
};

}  // namespace signet
