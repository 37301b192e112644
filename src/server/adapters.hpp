#pragma once

#include "config/config.hpp"
#include "store/conninfo.hpp"

#include <signet/domain/mail_policy.hpp>
#include <signet/ports/events.hpp>
#include <signet/ports/outbox.hpp>
#include <signet/ports/passwords.hpp>
#include <signet/ports/sessions.hpp>
#include <signet/ports/system.hpp>
#include <signet/service/admin.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace signet::server {

// Called with a reason when a password was not looked up at AUTH_PASSWORD_HIBP_URL.
using OnBreachListSilent = std::function<void(std::string_view reason)>;

// Makes what judges new passwords.
std::unique_ptr<const PasswordJudge> make_judge(const config::Config& config,
                                                OnBreachListSilent on_silence);

// The adapters that a command works with, over one connection, which is made at first use. Belongs
// to one thread.
class Adapters {
public:
    Adapters(const config::Config& config, OnBreachListSilent on_silence);
    ~Adapters();
    Adapters(const Adapters&) = delete;
    Adapters& operator=(const Adapters&) = delete;

    // Returns the ports of the use cases. They are valid as long as this object lives. Changes
    // write events if AUTH_EVENTS_URL is set, and notices if AUTH_MAIL_URL is.
    AdminPorts admin_ports();
    Outbox& outbox();
    // Returns why a server with this configuration could never verify the stored hash, in a
    // sentence that holds no part of it, or nothing.
    std::optional<std::string> hash_fault(std::string_view stored) const;
    // Returns what seals what waits in the outbox. Errors: those of open_session_keys(), and
    // key_unusable if this process does not have the key of the servers; it makes none.
    Result<const SessionSealer*> sealer();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Returns the policy of mails that the configuration says.
MailPolicy make_mail_policy(const config::Config& config);

// Makes what posts events, or nothing without AUTH_EVENTS_URL. `clock` has to outlive it.
std::unique_ptr<EventTransport> make_event_transport(const config::EventConfig& config,
                                                     const Clock& clock);

// Returns cli:NAME for the user of this process, or cli:UID if that user has no name.
std::string operator_name();

// Returns the service's connection. It holds the password of DATABASE_URL in plain text.
store::ConnectionOptions connection_options(const config::StoreConfig& config);
// Returns the same for a command. The audit names operator_name() as the author of its changes.
store::ConnectionOptions operator_options(const config::StoreConfig& config);
// Returns the connection of the owner of the tables, which is MIGRATION_DATABASE_URL, or the
// service's if that is not set.
store::ConnectionOptions owner_options(const config::StoreConfig& config);

}  // namespace signet::server
