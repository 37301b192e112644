#pragma once

#include <signet/domain/audit.hpp>
#include <signet/domain/session.hpp>
#include <signet/domain/text.hpp>
#include <signet/domain/user.hpp>
#include <signet/ports/outbox.hpp>
#include <signet/ports/tickets.hpp>
#include <signet/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet {

// The replacement of a stored hash, which is made only if nobody else has changed the hash.
struct PasswordChange {
    Text expected_hash;
    Text new_hash;
};

// A login whose password was verified.
struct VerifiedLogin {
    UserId user;
    Text verified_hash;            // the hash that the password was verified against
    std::optional<Text> new_hash;  // replaces that hash
};

// A session and its user at one moment of the store.
struct StoredSession {
    Account account;  // with the roles of that moment
    SessionState state;
    std::int64_t now_ms = 0;  // by the clock of the store
    std::string sealed_key;
};

// One transaction over accounts and their sessions. What was not committed when the object is
// destroyed is rolled back. After an error nothing can be committed any more. While the object
// lives, nothing else may use the stores of its thread. The errors are those of AccountStore; when
// the connection breaks before commit(), the error is store_unavailable and nothing has happened.
// What it changes for a user leaves a row in the audit, in the same transaction.
class AccountTransaction {
public:
    virtual ~AccountTransaction() = default;

    // Creates the user and its role row, and the role if the table `role` lacks it. Errors:
    // username_taken and email_taken, which are found without regard to ASCII case.
    virtual Result<void> create_account(const NewAccount& account) = 0;
    // Records the time of the login and replaces the hash. Returns false, having done nothing, if
    // the account is gone or inactive, or its hash has changed.
    virtual Result<bool> note_login(const VerifiedLogin& login) = 0;
    // Opens a session for a user who was created or whose login was recorded by this transaction.
    virtual Result<void> open_session(const UserId& user, const NewSession& session) = 0;
    // Ends the least recently used sessions of the user, so that at most `max` are left. `kept` is
    // never among the ended ones.
    virtual Result<void> trim_sessions(const UserId& user, const SessionId& kept,
                                       std::size_t max) = 0;
    // Returns the account as this transaction will leave it, with roles and claims of one moment
    // and without the password hash. A further error is claims_failed.
    virtual Result<Account> read_account(const UserId& user) = 0;

    // Locks the user, and then the session, against changes by others and returns the session, or
    // nothing if there is none. The account has claims only if no function has to be called for
    // them.
    virtual Result<std::optional<StoredSession>> lock_session(const SessionId& id) = 0;
    // Sets the generation of a locked session, records its use, and extends its life.
    virtual Result<void> advance_session(const SessionId& id, std::uint32_t generation,
                                         const SessionPolicy& policy) = 0;
    // Ends a locked session because its refresh token of generation `presented` was used again, and
    // writes a row to the audit that says so.
    virtual Result<void> end_reused_session(const SessionId& id, const StoredSession& session,
                                            std::uint32_t presented) = 0;

    // Replaces the hash, and forgets the wrong passwords that count against the user. Returns
    // false, having done nothing, if the account is gone or inactive, its hash is not the expected
    // one, or the session `from` has ended.
    virtual Result<bool> replace_password(const UserId& user, const PasswordChange& change,
                                          const SessionId& from) = 0;
    // Changes the account. Returns false, having done nothing, if the account is gone or inactive,
    // or the session `from` has ended. A further error is username_taken, which is found without
    // regard to ASCII case among the names of others.
    virtual Result<bool> change_account(const UserId& user, const AccountChange& change,
                                        const SessionId& from) = 0;
    // Deletes the account with its roles and sessions. Returns false, having done nothing, if the
    // account is gone or inactive, its hash is not `verified_hash`, or the session `from` has
    // ended. A further error, also of commit(), is account_in_use if a table of somebody else
    // refers to it.
    virtual Result<bool> delete_account(const UserId& user, const Text& verified_hash,
                                        const SessionId& from) = 0;
    // Tickets and what they change, and what is sent, in this transaction.
    virtual TicketStore& tickets() = 0;
    virtual OutboxWriter& outbox() = 0;
    // Ends all sessions of the user but `kept`.
    virtual Result<void> end_other_sessions(const UserId& user, const SessionId& kept) = 0;

    // Makes all changes durable. If the answer to COMMIT was lost, it looks for a created account
    // or a replaced password: it succeeds if they are there, and returns store_unavailable if they
    // are not. If it cannot look, and for all other changes, the error is store_in_doubt.
    virtual Result<void> commit() = 0;
};

// Reads and changes sessions for the use cases. Every change is durable when its method returns. An
// ended session leaves no row. Deactivating an account, by whatever means, ends its sessions, and
// so does deleting it. An object belongs to one thread and has the errors of AccountStore.
class SessionStore {
public:
    virtual ~SessionStore() = default;

    // `origin` is for the audit.
    virtual Result<std::unique_ptr<AccountTransaction>> begin(const Origin& origin) = 0;

    // Returns nothing if there is no such session; an expired session may still be found. The
    // account has claims only if no function has to be called for them.
    virtual Result<std::optional<StoredSession>> find(const SessionId& id) = 0;
    // Does the same, but adds the claims if the user is active and the session is live. A further
    // error is claims_failed.
    virtual Result<std::optional<StoredSession>> find_for_refresh(const SessionId& id) = 0;

    // Returns the account, with its metadata. Returns nothing if there is none, or if a session is
    // named that does not belong to it or is not live.
    virtual Result<std::optional<Account>> find_caller(const UserId& user,
                                                       const std::optional<SessionId>& id) = 0;

    // Carries out RefreshCase::rotate in one statement and returns the account as of that moment.
    // Returns nothing, having done nothing, if `presented` is not the current generation, or the
    // session or its user is not live.
    virtual Result<std::optional<Account>> rotate(const SessionId& id, std::uint32_t presented,
                                                  const SessionPolicy& policy) = 0;

    // Returns the live sessions, the most recently used first.
    virtual Result<std::vector<SessionInfo>> list(const UserId& user) = 0;
    // Ends the session, with a row in the audit. Returns false if the user has no such session.
    virtual Result<bool> end(const UserId& user, const SessionId& id, const AuditNote& note) = 0;
    // Ends all sessions but `kept`, with a row in the audit, and returns how many ended.
    virtual Result<std::size_t> end_all(const UserId& user, const std::optional<SessionId>& kept,
                                        const AuditNote& note) = 0;
};

// Seals the key of a session, so that somebody who reads the database cannot forge its refresh
// tokens. A sealed key opens only for its own session. Thread-safe.
class SessionSealer {
public:
    virtual ~SessionSealer() = default;

    // Returns the sealed form of `key`, which has kSessionKeyBytes bytes. The error is
    // session_key_unavailable while this process cannot open what others sealed, since they could
    // not open what it seals either, and store_unavailable until that is known.
    virtual Result<Text> seal(std::string_view key, const SessionId& id) const = 0;
    // Returns the key, which the caller wipes after use. The error is session_key_unavailable if
    // the key-encryption key is not configured here, or the text is damaged or belongs to another
    // session; log_detail says which.
    virtual Result<std::string> open(std::string_view sealed, const SessionId& id) const = 0;
    // Tells whether it was sealed with the current key-encryption key.
    virtual bool current(std::string_view sealed) const = 0;
    // Seals what a row of the outbox says, and opens it for this row only. Errors as above.
    virtual Result<Text> seal_message(const MessageValues& values, const Uuid& id) const = 0;
    virtual Result<MessageValues> open_message(std::string_view sealed, const Uuid& id) const = 0;
    // Returns a text that stands for `text`, the same for all replicas, from which nobody without
    // the current key-encryption key can find out whether it is a text that he guesses.
    virtual std::string pseudonym(std::string_view text) const = 0;
};

// The outcome of one step of a sweep.
struct SweepResult {
    std::size_t looked_at = 0;
    std::size_t removed = 0;
};

struct SealedSession {
    SessionId id;
    std::string sealed_key;
};

// Maintains the table of sessions. An object belongs to one thread and has the errors of
// AccountStore.
class SessionMaintenance {
public:
    virtual ~SessionMaintenance() = default;

    // Looks at no more than `limit` sessions and removes those that have expired. Several threads
    // that sweep at once share the work.
    virtual Result<SweepResult> sweep(std::size_t limit) = 0;

    // Returns at most `limit` sessions after the id `after`, ordered by id.
    virtual Result<std::vector<SealedSession>> list_sealed(const std::optional<SessionId>& after,
                                                           std::size_t limit) = 0;
    // Writes a row to the audit that says that the operator begins to seal the session keys anew.
    virtual Result<void> note_rewrap() = 0;
    // Replaces the sealed key. Returns false if the session is gone, or its sealed key is no longer
    // that of `was`.
    virtual Result<bool> reseal(const SealedSession& was, const Text& sealed_key) = 0;
};

}  // namespace signet
