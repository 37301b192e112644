#pragma once

#include <signet/domain/audit.hpp>
#include <signet/domain/text.hpp>
#include <signet/domain/uuid.hpp>
#include <signet/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace signet {

// So many wrong passwords in a row cost no wait. The next one begins a wait of 1 s, and each after
// it doubles the wait, up to the longest.
inline constexpr std::int64_t kFreeFailures = 4;
inline constexpr std::int64_t kFailureWaitMaxS = 900;
// With so many in a row somebody is guessing, which the audit says once in each pause.
inline constexpr std::int64_t kAttackFailures = 10;
inline constexpr std::int64_t kAlarmPauseS = 3600;
// Failures are forgotten so long after the last one; and of the names that nobody has, only so many
// are remembered, those of the last failures.
inline constexpr std::int64_t kFailuresKeptS = std::int64_t{90} * 86400;
inline constexpr std::size_t kNamesWithFailuresMax = 100'000;

// A try that was counted before it was verified, and of which nothing was heard for so long, is one
// of a process that died.
inline constexpr std::int64_t kTryOutcomeMaxS = 10;

// The wrong passwords in a row that count together, for one `subject`: a user elsewhere, a user at
// a network from which a session of the user lives, or a name that nobody has.
struct Failures {
    std::optional<Text> subject;  // empty if nobody was looked for
    std::int64_t count = 0;
    std::int64_t wait_ms = 0;  // until the next try may be made
    bool trying = false;       // whether a try that counts already is being verified
};

// A wrong password.
struct Failure {
    Text subject;
    AuditNote note;         // "login-refused" or "password-refused"
    bool reserved = false;  // whether it was counted before it was verified
};

struct CountedFailure {
    std::int64_t count = 0;  // with this one
    bool alarming = false;   // the audit says with this one that somebody is guessing
};

// Counts wrong passwords, for all replicas together and by the clock of the store. An object
// belongs to one thread and has the errors of AccountStore.
class FailureStore {
public:
    virtual ~FailureStore() = default;

    // Returns the failures that count for somebody who has this session, or nothing if the user has
    // no such session.
    virtual Result<std::optional<Failures>> read(const UserId& user, const SessionId& session) = 0;
    // Counts a try as a failure before it is verified, in one step, so that of tries that are made
    // at once none is overlooked. Returns false, having done nothing, if there is a wait, or there
    // are `failures_max` failures or none. When the connection breaks on the way, it may count
    // twice.
    virtual Result<bool> reserve(const Text& subject, std::int64_t failures_max) = 0;
    // Notes that a password was wrong, here and in the audit, and counts that unless it was
    // reserved and still counts.
    virtual Result<CountedFailure> count(const Failure& failure) = 0;
    // Takes back one that was reserved.
    virtual Result<void> give_back(const Text& subject) = 0;
    // Begins anew after a right password.
    virtual Result<void> forget(const Text& subject) = 0;
    // Removes at most `limit` of each kind that are not kept any longer: see kFailuresKeptS and
    // kNamesWithFailuresMax. Returns how many there were.
    virtual Result<std::size_t> sweep(std::size_t limit) = 0;
};

}  // namespace signet
