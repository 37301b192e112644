#pragma once

#include <signet/domain/error.hpp>
#include <signet/domain/user.hpp>
#include <signet/ports/failures.hpp>
#include <signet/result.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace signet {

// How long a try waits at most for others of its subject that are being verified in this process.
inline constexpr std::chrono::milliseconds kTryWaitMax{1000};

// Admits tries of passwords so that wrong ones are counted before others can be made: in this
// process by the tries that are being verified, and over all replicas by a row, as soon as there is
// one failure. A right password of somebody without failures writes nothing. Several replicas, of
// which each sees no failure yet, may let pass kFreeFailures + 1 tries each. Thread-safe.
class PasswordThrottle {
public:
    explicit PasswordThrottle(std::int64_t failures_max) : failures_max_(failures_max) {}

    // A try that was admitted, to be told its outcome by one of right(), wrong() and undecided().
    class Try {
    public:
        Try(Try&& other) noexcept;
        Try& operator=(Try&&) = delete;
        Try(const Try&) = delete;
        Try& operator=(const Try&) = delete;
        ~Try();

        // The password was right, so the failures are forgotten.
        Result<void> right();
        // The password was wrong, or the account cannot be used. Returns `refusal`, which is
        // alarming if somebody seems to be guessing; or the error of the store.
        Error wrong(Error refusal);
        // The password could not be looked at, because of `fault`, so the try does not count.
        Error undecided(Error fault);

    private:
        friend class PasswordThrottle;
        Try(PasswordThrottle& throttle, FailureStore& store, FailureToCount failure)
            : throttle_(&throttle), store_(store), failure_(std::move(failure)) {}

        PasswordThrottle* throttle_;  // null when moved from
        FailureStore& store_;
        FailureToCount failure_;
        std::optional<CountedFailure> counted_;  // before it is verified, if somebody had failures
    };

    // Reads the failures that count for the one who tries; called again after a wait.
    using Look = std::function<Result<Failures>()>;

    // Admits a try, or returns too_many_attempts with the time to wait. The further errors are
    // those of `look` and of the store. Each Try has to be destroyed before this object.
    Result<Try> admit(const Look& look, FailureStore& store, const std::optional<Text>& network);

private:
    using Deadline = std::chrono::steady_clock::time_point;
    enum class Entry : std::uint8_t { entered, look_again, refused };
    Entry enter(const std::string& subject, const Failures& failures, Deadline end);
    void leave(const std::string& subject);

    const std::int64_t failures_max_;
    // Grows with each change of what the store has, after a verification here. A look that began
    // before it may not have seen it.
    std::atomic<std::uint64_t> failures_seen_ = 0;
    std::mutex mutex_;
    std::condition_variable left_;
    // How many tries of a subject are being verified now. No more than threads that verify.
    std::map<std::string, std::int64_t> trying_;
};

// Returns the subject of failures for a name that nobody has: a hash, because people type passwords
// into name fields. Names that find the same account have the same one.
Text subject_of_name(NameKind kind, std::string_view name);

}  // namespace signet
