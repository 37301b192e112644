#include "server/session_janitor.hpp"

#include <cstdint>
#include <utility>

namespace signet::server {
namespace {

constexpr std::chrono::milliseconds kObstaclePause{1000};

}  // namespace

Result<std::size_t> sweep_sessions(SessionMaintenance& sessions, std::size_t batch) {
    std::size_t removed = 0;
    for (int step = 0; step < kSweepStepsMax; ++step) {
        const Result<SweepResult> swept = sessions.sweep(batch);
        if (!swept) {
            return swept.error();
        }
        removed += swept->removed;
        if (swept->looked_at < batch) {
            break;
        }
    }
    return removed;
}

SessionJanitor::SessionJanitor(Options options, std::unique_ptr<store::Store> store, const Log& log)
    : options_(std::move(options)),
      store_(std::move(store)),
      log_(log),
      task_({.name = "session-janitor", .round = [this] { return round(); }}, log) {}

PeriodicTask::Next SessionJanitor::round() {
    if (options_.obstacle && !options_.obstacle().empty()) {
        return PeriodicTask::after(kObstaclePause);
    }
    const Result<std::size_t> removed =
        sweep_sessions(store_->session_maintenance(), options_.batch);
    if (!removed) {
        log_.write(
            LogLevel::warn, "sessions-not-swept",
            {{"code", to_string(removed.error().errc)}, {"reason", removed.error().log_detail}});
    } else if (*removed > 0) {
        log_.write(LogLevel::info, "sessions-swept",
                   {{"removed", static_cast<std::int64_t>(*removed)}});
    }
    const Result<std::size_t> forgotten = store_->failures().sweep(options_.batch * kSweepStepsMax);
    if (!forgotten) {
        log_.write(LogLevel::warn, "failures-not-swept",
                   {{"code", to_string(forgotten.error().errc)},
                    {"reason", forgotten.error().log_detail}});
    }
    return PeriodicTask::after(options_.interval);
}

}  // namespace signet::server
