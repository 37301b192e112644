#pragma once

#include <signet/domain/session.hpp>
#include <signet/domain/user.hpp>
#include <signet/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace signet {

// A stored hash that is to become another, if nobody changed it meanwhile.
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

// What a refresh came to.
struct Refreshed {
    RefreshDecision decision;
    std::optional<Account> account;  // with rotate, replay and ahead: as of the same moment
};

// Sessions as the use cases need them. Every change is durable when it returns. A session that is
// over is gone: no row tells of it. Making an account inactive, by whatever means, ends its
// sessions, and so does deleting it. An object belongs to one thread. Errors of every method:
// those of AccountStore.
class SessionStore {
public:
    virtual ~SessionStore() = default;

    // Notes the login, replaces the hash and opens the session, all or nothing. Sessions beyond
    // policy.per_user_max end, those unused for longest first. False: nothing was done, because the
    // account is gone or inactive, or its hash is another by now. Also claims_failed, and what
    // session.accept refuses.
    virtual Result<bool> open(const NewSession& session, const ProvenLogin& login) = 0;

    // Nothing where there is no such session; expired ones may be found. The account has claims
    // only where no function has to be asked for them.
    virtual Result<std::optional<StoredSession>> find(const SessionId& id) = 0;
    // The same, with the claims of an active user whose session lives. Also claims_failed.
    virtual Result<std::optional<StoredSession>> find_for_refresh(const SessionId& id) = 0;

    // The account, if this session of it lives.
    virtual Result<std::optional<Account>> find_caller(const UserId& user, const SessionId& id) = 0;

    // The case (a) alone, in one step: nothing when `presented` is not the generation, or the
    // session or its user is not live.
    virtual Result<std::optional<Refreshed>> rotate(const SessionId& id, std::uint32_t presented,
                                                    const SessionPolicy& policy) = 0;
    // Decides and carries out whatever decide_refresh() says, with the session locked. After reuse
    // the session is gone and a row of the audit says so; an unknown session is refuse.
    virtual Result<Refreshed> settle(const SessionId& id, std::uint32_t presented,
                                     const SessionPolicy& policy) = 0;

    // Those that live, the last used first.
    virtual Result<std::vector<SessionInfo>> list(const UserId& user) = 0;
    // False where the user has no such session.
    virtual Result<bool> end(const UserId& user, const SessionId& id) = 0;
    // How many ended: all but `kept`.
    virtual Result<std::size_t> end_all(const UserId& user,
                                        const std::optional<SessionId>& kept) = 0;

    // Replaces the hash and ends all sessions but `kept`, all or nothing. False, and nothing done,
    // where the account is gone or inactive, its hash is not the expected one, or `kept` is over.
    virtual Result<bool> change_password(const UserId& user, const PasswordChange& change,
                                         const SessionId& kept) = 0;
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

// What keeps the table of sessions in order. One thread's; the errors of AccountStore.
class SessionCare {
public:
    virtual ~SessionCare() = default;

    // Removes expired sessions, after a look at `limit` at most. Several at once share the work.
    virtual Result<Swept> sweep(std::size_t limit) = 0;

    // At most `limit` sessions after the id `after`, by id.
    virtual Result<std::vector<SealedSession>> list_sealed(const std::optional<SessionId>& after,
                                                           std::size_t limit) = 0;
    // A row of the audit: the operator has the keys of sessions sealed anew from now on.
    virtual Result<void> note_rewrap() = 0;
    // False where the session is gone or sealed by other means than `was` by now.
    virtual Result<bool> reseal(const SealedSession& was, const Text& sealed_key) = 0;
};

}  // namespace signet
