#pragma once

#include "base/log.hpp"
#include "store/store.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

namespace signet::server {

// How many sessions one transaction of a sweep looks at, and how many such steps a round has: with
// the pause between rounds up to 100 000 a minute, more than logins can open at what a password
// costs.
inline constexpr std::size_t kSweepBatch = 500;
inline constexpr int kSweepStepsMax = 100;
inline constexpr std::chrono::milliseconds kSweepInterval{30'000};

// Removes expired sessions, on a thread and a connection of its own: small steps, at most so many a
// round, and of several replicas one at a time.
class SessionJanitor {
public:
    struct Options {
        std::chrono::milliseconds interval = kSweepInterval;
        std::size_t batch = kSweepBatch;
        // Why the database cannot be used now, or nothing.
        std::function<std::string()> obstacle;
    };

    // `log` has to outlive it.
    SessionJanitor(Options options, std::unique_ptr<store::Store> store, const Log& log);
    SessionJanitor(const SessionJanitor&) = delete;
    SessionJanitor& operator=(const SessionJanitor&) = delete;

private:
    void run(const std::stop_token& stop);
    void sweep();

    Options options_;
    std::unique_ptr<store::Store> store_;
    const Log& log_;
    std::jthread thread_;
};

// One round: steps of `batch` until nothing is due, another one is at it, or there were
// kSweepStepsMax. How many sessions were removed.
Result<std::size_t> sweep_sessions(SessionCare& care, std::size_t batch);

}  // namespace signet::server
