#pragma once

#include "base/log.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace signet::server {

// Does a round of background work again and again, on a thread of its own. Each round says when the
// next one is due, and what it left on the stack is wiped. An exception that leaves a round is
// logged, and the next round comes after kPauseAfterException. The destructor waits for a round
// that is running, and for nothing else.
class PeriodicTask {
public:
    // The next round begins at `latest` from now, or earlier, when there is a reason to, but never
    // before `soonest`. A reason is a call of wake() or of `listen` that returned true.
    struct Next {
        std::chrono::milliseconds soonest{0};
        std::chrono::milliseconds latest{0};
    };
    // A round that ends with nothing was the last one.
    using Round = std::function<std::optional<Next>()>;

    struct Options {
        std::string name;  // for the log
        Round round;
        // Waits for a notification, at most for the time that it is given, and says whether one
        // came. It is asked to wait for kListenSlice at most, so that a stop or wake() is noticed.
        std::function<bool(std::chrono::milliseconds)> listen = {};
        std::chrono::milliseconds first_after{0};
    };

    // `log` has to outlive it.
    PeriodicTask(Options options, const Log& log);
    PeriodicTask(const PeriodicTask&) = delete;
    PeriodicTask& operator=(const PeriodicTask&) = delete;

    // There is something to do: the next round comes as soon as the last one allowed. One that is
    // running is followed by another. Thread-safe.
    void wake();

    // The next round comes after `time`, whatever happens.
    static Next after(std::chrono::milliseconds time) { return {time, time}; }

private:
    void run(const std::stop_token& stop);
    void wait(const Next& next, const std::stop_token& stop);

    const Options options_;
    const Log& log_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    bool woken_ = false;
    std::jthread thread_;  // the last member: it uses the others
};

inline constexpr std::chrono::milliseconds kListenSlice{200};
inline constexpr std::chrono::milliseconds kPauseAfterException{1000};

// How long to wait after each of several failures in a row: `min` at first, then twice as long each
// time, up to `max`. One thread's.
class Backoff {
public:
    Backoff(std::chrono::milliseconds min, std::chrono::milliseconds max)
        : min_(min), max_(max), next_(min) {}

    std::chrono::milliseconds next();
    void reset() { next_ = min_; }

private:
    std::chrono::milliseconds min_;
    std::chrono::milliseconds max_;
    std::chrono::milliseconds next_;
};

}  // namespace signet::server
