#pragma once

#include "base/address_limit.hpp"
#include "base/log.hpp"
#include "base/system.hpp"
#include "config/config.hpp"
#include "graphql/schema.hpp"
#include "http/lane.hpp"
#include "http/server.hpp"
#include "password/argon2_hasher.hpp"
#include "password/memory_budget.hpp"
#include "routes/browsers.hpp"
#include "routes/handlers.hpp"
#include "routes/keys.hpp"
#include "server/binding.hpp"
#include "server/database_watch.hpp"
#include "server/key_watch.hpp"
#include "server/mail_delivery.hpp"
#include "server/metrics.hpp"
#include "server/session_janitor.hpp"
#include "server/session_key_guard.hpp"
#include "server/user_watch.hpp"
#include "store/store.hpp"
#include "tokens/keyring.hpp"
#include "tokens/token_cache.hpp"
#include "users/user_cache.hpp"

#include <signet/ports/mail.hpp>
#include <signet/ports/passwords.hpp>
#include <signet/ports/system.hpp>
#include <signet/service/throttle.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace signet::server {

// Says that the service is ready while the database answers, a key can sign, sessions can be
// opened, the clock is right and nobody has asked the process to stop. Thread-safe.
class ServiceReadiness final : public Readiness {
public:
    ServiceReadiness(const DatabaseWatch& database, const KeyWatch& keys,
                     const SessionKeyGuard& session_keys)
        : database_(database), keys_(keys), session_keys_(session_keys) {}

    std::vector<ReadinessCheck> checks() const override;
    void begin_shutdown() { stopping_ = true; }

private:
    const DatabaseWatch& database_;
    const KeyWatch& keys_;
    const SessionKeyGuard& session_keys_;
    std::atomic<bool> stopping_ = false;
};

// What is opened before the service is put together.
struct Opened {
    store::ConnectionOptions connection;
    store::ConnectionOptions owner;  // as the owner of the tables
    std::unique_ptr<const SessionSealer> session_keys;
    tokens::KeySet first_keys;
    std::optional<KeyAccess> key_access;  // without a value if the key is fixed
    std::unique_ptr<const MailTemplates> mail_templates;
    std::unique_ptr<MailTransport> mails;  // null without AUTH_MAIL_URL
};

// How long a start waits for keys in PostgreSQL before connections are accepted. A consumer that
// got a JWKS without them could refuse tokens that are valid.
inline constexpr std::chrono::seconds kFirstKeysWait{5};

// The whole service. Every part is made here, is given its own part of the configuration, and knows
// of the others only what the contract says. A member stands after those that it uses, so that it
// is destroyed before them.
class Wiring {
public:
    // Throws std::system_error when the address cannot be bound.
    Wiring(const config::Config& config, Opened opened, const Log& log);

    http::Server& server() { return server_; }
    // Says on /readyz that the process is about to end, and has what is delivered come to an end.
    void begin_shutdown();
    const DatabaseWatch& database() const { return database_; }
    // Returns where /metrics has a listener of its own, if it has.
    const MetricsListener* metrics_listener() const { return metrics_listener_.get(); }

    // Returns once what is due to the keys at the start was done, so that servers which start at
    // once publish the same keys from their first answer on; or once PostgreSQL, if the keys are
    // there, turns out to be unreachable; or when kFirstKeysWait has passed.
    void wait_for_first_keys() const;

private:
    Binder binder(const config::Config& config);
    std::vector<http::Route> bind_routes(const config::Config& config);
    std::unique_ptr<MetricsListener> listen_for_metrics(const config::Config& config);
    Figures figures() const;
    std::unique_ptr<MailDelivery> deliver_mails(Opened& opened);
    std::vector<std::unique_ptr<MailDelivery>> deliver_events(const config::Config& config);
    // Has the mails delivered that a request has caused.
    void wake_mail_delivery();
    // Returns why nothing can be delivered now, or nothing.
    std::string delivery_problem() const;

    // Raised before the first thread is started, because the threads' descriptors count too.
    const std::size_t descriptors_ = raise_descriptor_limit();
    const Log& log_;
    SystemClock clock_;
    SystemRandom random_;
    SignInPolicy policy_;
    routes::BrowserPolicy browsers_;
    config::SecretText action_secret_;
    config::SecretText signer_key_;
    graphql::Schema graphql_;
    SessionKeyGuard session_keys_;
    tokens::Keyring keyring_;
    tokens::TokenCache tokens_;
    users::UserCache users_;
    std::unique_ptr<const PasswordJudge> judge_;
    MemoryBudget hash_memory_;
    const std::shared_ptr<LongestVerification> longest_verification_ =
        std::make_shared<LongestVerification>();
    PasswordThrottle throttle_;
    AddressLimit signup_limit_;
    AddressLimit login_limit_;
    store::ConnectionOptions connection_;
    DatabaseWatch database_;
    KeyWatch keys_;
    UserWatch user_watch_;
    ServiceReadiness readiness_;
    routes::JwksPage jwks_;
    routes::SignInCounts sign_ins_;
    LastOutbox outbox_;
    const std::int64_t started_at_s_ = clock_.now_s();
    routes::Contexts contexts_;
    SessionJanitor janitor_;
    std::unique_ptr<MailDelivery> mail_delivery_;  // null without AUTH_MAIL_URL
    std::vector<std::unique_ptr<MailDelivery>> event_deliveries_;
    HandlerLane<DataSlot> data_lane_;
    HandlerLane<CryptoSlot> crypto_lane_;
    http::Server server_;
    std::unique_ptr<MetricsListener> metrics_listener_;  // null unless it is configured
};

}  // namespace signet::server
