#pragma once

#include "base/log.hpp"
#include "server/periodic_task.hpp"
#include "store/store.hpp"

#include <signet/ports/mail.hpp>
#include <signet/ports/system.hpp>
#include <signet/service/delivery.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace signet::server {

// How often the outbox is looked at when nobody says that there is something: rows of other
// replicas, and those that wait for another attempt.
inline constexpr std::chrono::milliseconds kOutboxLook{1000};
// The pauses while the mail server takes no mail at all. One mail is tried then, and the others
// wait untouched.
inline constexpr std::chrono::milliseconds kDownPauseMin{1000};
inline constexpr std::chrono::milliseconds kDownPauseMax{30'000};
// How long a delivery that runs may still take when the process is to end. A row whose delivery is
// broken off is tried again, by whoever is there.
inline constexpr std::chrono::seconds kDeliveryStopGrace{5};

// Delivers what is in the outbox, on a thread and a connection of its own, so that a mail server
// that is away or slow delays mail and nothing else.
class MailDelivery {
public:
    struct Options {
        const SignInPolicy& sign_in;
        const MailPolicy& policy;
        const SessionSealer& sealer;
        Random& random;
        std::unique_ptr<MailTransport> mails;            // null: rows of mails wait
        std::unique_ptr<const MailTemplates> templates;  // not null where `mails` is not
        std::unique_ptr<EventTransport> events;          // null: rows of events wait
        // Says why nothing can be delivered now; empty: it can.
        std::function<std::string()> obstacle;
    };

    // What `options` refers to, and `log`, outlive it.
    MailDelivery(Options options, std::unique_ptr<store::Store> store, const Log& log);
    ~MailDelivery() { stop(); }
    MailDelivery(const MailDelivery&) = delete;
    MailDelivery& operator=(const MailDelivery&) = delete;

    // Has the outbox looked at now. Thread-safe, and never waits.
    void wake() { task_.wake(); }

    // Has no other row taken from now on, so that those are left to other replicas, and the mail
    // that is being sent broken off after kDeliveryStopGrace. Thread-safe, and never waits.
    void stop();

private:
    PeriodicTask::Next round();
    void report(const DeliveryReport& report);

    const Options options_;
    const std::unique_ptr<store::Store> store_;
    const Log& log_;
    std::atomic<bool> stopping_{false};
    std::optional<Unsettled> unsettled_;
    Backoff down_pauses_{kDownPauseMin, kDownPauseMax};
    bool down_ = false;                                    // as of the last attempt
    std::chrono::steady_clock::time_point mails_after_{};  // another mail is tried
    PeriodicTask task_;
};

}  // namespace signet::server
