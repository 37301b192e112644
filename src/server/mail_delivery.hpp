#pragma once

#include "base/log.hpp"
#include "server/periodic_task.hpp"
#include "store/store.hpp"

#include <signet/ports/mail.hpp>
#include <signet/ports/system.hpp>
#include <signet/service/delivery.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace signet::server {

// How often the outbox is looked at when nobody says that there is something: rows of other
// replicas, and those that wait for another attempt.
inline constexpr std::chrono::milliseconds kOutboxLook{1000};

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

    // Has the outbox looked at now. Thread-safe, and never waits.
    void wake() { task_.wake(); }

private:
    PeriodicTask::Next round();
    void report(const DeliveryReport& report) const;

    const Options options_;
    const std::unique_ptr<store::Store> store_;
    const Log& log_;
    PeriodicTask task_;
};

}  // namespace signet::server
