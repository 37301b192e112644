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

// Does rounds of background work on a thread of its own. Each round says when the next one is due.
// If a std::exception leaves a round, it is logged, and the next round begins after
// kPauseAfterException. After every round, also one that threw and the last one, what it left on
// the stack is wiped. The destructor waits for a round that is running, and for nothing else.
class PeriodicTask {
public:
    // The next round begins when `latest` has passed, or earlier if wake() was called or `listen`
    // returned true, but never before `soonest` has passed.
    struct Next {
        std::chrono::milliseconds soonest{0};
        std::chrono::milliseconds latest{0};
    };
    // A round that returns nothing was the last one.
    using Round = std::function<std::optional<Next>()>;

    struct Options {
        std::string name;  // for the log
        Round round;
        // Waits for a notification, at most for the time that it is given, and returns whether one
        // came. That time is never longer than kListenSlice, so that a stop or wake() is noticed.
        std::function<bool(std::chrono::milliseconds)> listen = {};
        std::chrono::milliseconds first_after{0};
    };

    // `log` has to outlive the task.
    PeriodicTask(Options options, const Log& log);
    PeriodicTask(const PeriodicTask&) = delete;
    PeriodicTask& operator=(const PeriodicTask&) = delete;

    // Lets the next round begin as soon as the last one allowed. If a round is running, another one
    // follows it. Thread-safe.
    void wake();

    // Returns that the next round begins after `time`, whatever happens meanwhile.
    static Next after(std::chrono::milliseconds time) { return {time, time}; }

private:
    void run(const std::stop_token& stop);
    // Returns when the next round is due, or nothing if there is none.
    std::optional<Next> wait_and_do_round(const Next& next, const std::stop_token& stop);
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

// Counts how long to wait after each of several failures in a row: `min` at first, then twice as
// long each time, up to `max`. Belongs to one thread.
class Backoff {
public:
    Backoff(std::chrono::milliseconds min, std::chrono::milliseconds max)
        : min_(min), max_(max), next_(min) {}

    // Returns the next pause.
    std::chrono::milliseconds next();
    // Begins with `min` again, after a success.
    void reset() { next_ = min_; }

private:
    std::chrono::milliseconds min_;
    std::chrono::milliseconds max_;
    std::chrono::milliseconds next_;
};

}  // namespace signet::server
