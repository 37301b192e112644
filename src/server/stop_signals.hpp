#pragma once

#include <chrono>
#include <csignal>
#include <optional>

namespace signet::server {

// SIGTERM, SIGINT and SIGHUP as something to wait for. Made first of all: it blocks them in the
// thread that makes it and so in all threads that are started later; none is ever handled in the
// middle of something else.
class StopSignals {
public:
    StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    // The next signal within `timeout`, or nothing. One thread at a time.
    std::optional<int> wait_for(std::chrono::milliseconds timeout) const;

    // From now on a signal does what it does by default: it ends the process. For the time in which
    // nobody waits for one any more. Call it in the main thread, once the others are ending.
    void let_through() const;

private:
    sigset_t set_{};
};

}  // namespace signet::server
