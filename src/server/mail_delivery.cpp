#include "server/mail_delivery.hpp"

#include <utility>

namespace signet::server {
namespace {

// How many rows are delivered before what is dead on the stack is wiped.
constexpr int kRowsPerRound = 16;

}  // namespace

MailDelivery::MailDelivery(Options options, std::unique_ptr<store::Store> store, const Log& log)
    : options_(std::move(options)),
      store_(std::move(store)),
      log_(log),
      task_({.name = options_.events ? "event-delivery" : "mail-delivery",
             .round = [this] { return round(); }},
            log) {}

void MailDelivery::stop() {
    if (!stopping_.exchange(true) && options_.mails) {
        options_.mails->stop_by(std::chrono::steady_clock::now() + kDeliveryStopGrace);
    }
}

PeriodicTask::Next MailDelivery::round() {
    if (options_.obstacle && !options_.obstacle().empty()) {
        return PeriodicTask::after(kOutboxLook);
    }
    DeliveryPorts ports{.outbox = store_->outbox(),
                        .sessions = store_->sessions(),
                        .sealer = options_.sealer,
                        .random = options_.random,
                        .mails = options_.mails.get(),
                        .templates = options_.templates.get(),
                        .events = options_.events.get(),
                        .report = [this](const DeliveryReport& each) { report(each); },
                        .unsettled = &unsettled_};
    for (int i = 0; i < kRowsPerRound && !stopping_; ++i) {
        down_ = false;
        ports.mails_wait = std::chrono::steady_clock::now() < mails_after_;
        const Result<bool> delivered = deliver_next(ports, options_.sign_in, options_.policy);
        if (!delivered) {
            log_.write(LogLevel::warn, "outbox-not-read",
                       {{"code", to_string(delivered.error().errc)},
                        {"reason", delivered.error().log_detail}});
            return PeriodicTask::after(kOutboxLook);
        }
        if (down_) {
            mails_after_ = std::chrono::steady_clock::now() + down_pauses_.next();
        }
        if (!*delivered) {
            return {std::chrono::milliseconds(0), kOutboxLook};
        }
    }
    return stopping_ ? PeriodicTask::after(kOutboxLook) : PeriodicTask::Next{};
}

// The address of a mail is not said: the row of the outbox has it, as long as it waits.
void MailDelivery::report(const DeliveryReport& report) {
    down_ = report.down;
    if (report.row.kind == OutboxKind::mail && !report.down) {
        down_pauses_.reset();
    }
    LogLevel level = LogLevel::info;
    if (report.failed) {
        level = report.misconfigured ? LogLevel::error : LogLevel::warn;
    }
    log_.write(level, report.event,
               {{"id", report.row.id.str()},
                {"name", report.row.name},
                {"attempt", report.row.attempts},
                {"reason", report.reason}});
}

}  // namespace signet::server
