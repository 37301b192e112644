#pragma once

#include "base/log.hpp"
#include "server/periodic_task.hpp"
#include "store/store.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace signet::server {

// How many sessions one transaction of a sweep looks at, how many such steps a round has at most,
// and the pause between rounds. Together they allow up to 100 000 sessions a minute, which is more
// than logins can open, since each login hashes a password.
inline constexpr std::size_t kSweepBatch = 500;
inline constexpr int kSweepStepsMax = 100;
inline constexpr std::chrono::milliseconds kSweepInterval{30'000};

// The same for rows of the audit: a round removes 25 000 of them at most.
inline constexpr std::size_t kPruneBatch = 500;
inline constexpr int kPruneStepsMax = 50;

// The same for what mail leaves behind: 25 000 tickets, counts and failed mails each.
inline constexpr std::size_t kMailSweepBatch = 500;
inline constexpr int kMailSweepStepsMax = 50;

// Removes expired sessions, wrong passwords that need not be remembered, rows of the audit that are
// old enough, and what mail leaves behind, on a thread and a connection of its own. A round takes a
// limited number of small steps, and only one of several replicas sweeps at a time.
class SessionJanitor {
public:
    struct Options {
        std::chrono::milliseconds interval = kSweepInterval;
        std::size_t batch = kSweepBatch;
        std::int64_t audit_keep_s = 0;  // AUTH_AUDIT_KEEP
        // Returns why the database cannot be used now, or nothing.
        std::function<std::string()> obstacle;
        // Gets what is in the outbox, once a round. May be empty.
        std::function<void(const OutboxFigures&)> on_outbox = {};
    };

    // `log` has to outlive it.
    SessionJanitor(Options options, std::unique_ptr<store::Store> store, const Log& log);
    SessionJanitor(const SessionJanitor&) = delete;
    SessionJanitor& operator=(const SessionJanitor&) = delete;

private:
    PeriodicTask::Next round();
    // Writes to the log what a part of a round has removed, or why it could not.
    void tell(const Result<std::size_t>& removed, std::string_view done, std::string_view failed);

    Options options_;
    std::unique_ptr<store::Store> store_;
    const Log& log_;
    PeriodicTask task_;
};

// Does one round: takes steps of `batch` sessions until nothing is due, another replica sweeps, or
// kSweepStepsMax steps were taken. Returns how many sessions were removed, or the error of a step.
Result<std::size_t> sweep_sessions(SessionMaintenance& sessions, std::size_t batch);
// Does the same for the audit.
Result<std::size_t> prune_audit(AuditTrail& audit, std::int64_t keep_s);
// Does the same for expired tickets, counts of mails, and what was given up long ago.
Result<std::size_t> sweep_mail(Outbox& outbox);

}  // namespace signet::server
