#pragma once

#include <signet/domain/error.hpp>
#include <signet/domain/user.hpp>
#include <signet/ports/failures.hpp>
#include <signet/ports/sessions.hpp>
#include <signet/result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace signet {

// How long a try waits at most for the outcome of others of its subject, and how often it looks. It
// waits on a thread that others need.
inline constexpr std::chrono::milliseconds kTryWaitMax{200};
inline constexpr std::chrono::milliseconds kTryLookPause{20};

// Admits tries of passwords so that wrong ones are counted before others can be made. Where there
// are failures, a try is counted before it is verified. Where there are none, nothing is written,
// so tries that are verified at the same time do not see each other: a process verifies one for
// each name at a time (http::Lane), so that is one more for each name and replica, once.
// Thread-safe.
class PasswordThrottle {
public:
    explicit PasswordThrottle(std::int64_t failures_max);
    ~PasswordThrottle();
    PasswordThrottle(const PasswordThrottle&) = delete;
    PasswordThrottle& operator=(const PasswordThrottle&) = delete;

    // A try that was admitted, to be told its outcome by one of right(), wrong() and undecided().
    class Try {
    public:
        // The password was right, so the failures are forgotten.
        Result<void> right();
        // The password was wrong, or the account cannot be used. Returns `refusal`, which is
        // alarming if somebody seems to be guessing; or the error of the store.
        Error wrong(Error refusal);
        // The password could not be looked at, because of `fault`, so the try does not count.
        Error undecided(Error fault);

    private:
        friend class PasswordThrottle;
        Try(FailureStore& store, Failure failure) : store_(store), failure_(std::move(failure)) {}

        FailureStore& store_;
        Failure failure_;
    };

    // Reads the failures that count for the one who tries; called again after a wait.
    using Look = std::function<Result<Failures>()>;

    // Admits a try, or returns too_many_attempts with the time to wait. The further errors are
    // those of `look` and of the store. `refused` is what the audit says of a wrong password.
    Result<Try> admit(const Look& look, FailureStore& store, const AuditNote& refused);

    // Remembers whose a name is, so that the names of an account and the account itself count as
    // one where tries wait for their turn. `subject` is that of the name if nobody had it.
    void remember(const Text& subject, const UserId& user);
    // Returns what tries by the name count by there: the name by which the account was first met.
    // So tries that wait since nobody knew whose name it is count with those that come later.
    std::string account_of(const Text& subject);
    // Returns the same for the id of a user, which is the id where no name of the account was met.
    std::string account_of_user(const std::string& user);

private:
    class Names;

    const std::int64_t failures_max_;
    const std::unique_ptr<Names> names_;
    // Held by the thread that waits for the outcome of another try. One does at most, so that those
    // who guess cannot have all threads wait.
    std::mutex waiting_;
};

// Returns the subject of failures for a name that nobody has: a keyed hash, because people type
// passwords into name fields. Names that find the same account have the same one.
Text subject_of_name(NameKind kind, std::string_view name, const SessionSealer& sealer);

}  // namespace signet
