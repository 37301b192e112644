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

namespace {

// Takes steps until one removes less than a batch. Returns how much all of them removed.
template <class Step>
Result<std::size_t> take_steps(int steps_max, std::size_t batch, const Step& step) {
    std::size_t removed = 0;
    for (int i = 0; i < steps_max; ++i) {
        const Result<std::size_t> done = step();
        if (!done) {
            return done;
        }
        removed += *done;
        if (*done < batch) {
            break;
        }
    }
    return removed;
}

}  // namespace

Result<std::size_t> prune_audit(AuditTrail& audit, std::int64_t keep_s) {
    return take_steps(kPruneStepsMax, kPruneBatch,
                      [&] { return audit.prune(keep_s, kPruneBatch); });
}

Result<std::size_t> sweep_mail(Outbox& outbox) {
    return take_steps(kMailSweepStepsMax, kMailSweepBatch,
                      [&] { return outbox.sweep(kMailSweepBatch); });
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
    tell(sweep_sessions(store_->session_maintenance(), options_.batch), "sessions-swept",
         "sessions-not-swept");
    const Result<std::size_t> forgotten = store_->failures().sweep(options_.batch * kSweepStepsMax);
    tell(forgotten, "failures-swept", "failures-not-swept");
    tell(prune_audit(store_->audit(), options_.audit_keep_s), "audit-pruned", "audit-not-pruned");
    tell(sweep_mail(store_->outbox()), "mail-swept", "mail-not-swept");
    if (const auto figures = store_->outbox().count(); figures && options_.on_outbox) {
        options_.on_outbox(*figures);
    }
    return PeriodicTask::after(options_.interval);
}

void SessionJanitor::tell(const Result<std::size_t>& removed, std::string_view done,
                          std::string_view failed) {
    if (!removed) {
        log_.write(
            LogLevel::warn, failed,
            {{"code", to_string(removed.error().errc)}, {"reason", removed.error().log_detail}});
    } else if (*removed > 0) {
        log_.write(LogLevel::info, done, {{"removed", static_cast<std::int64_t>(*removed)}});
    }
}

}  // namespace signet::server
