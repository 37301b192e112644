#include "server/wiring.hpp"

#include "base/resources.hpp"
#include "base/system.hpp"
#include "base/url.hpp"
#include "config/hasura_secret.hpp"
#include "config/value.hpp"
#include "password/breach_judge.hpp"
#include "routes/openapi.hpp"
#include "routes/table.hpp"
#include "routes/try_page.hpp"
#include "server/adapters.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

namespace signet::server {
namespace {

// A crypto thread computes some thirty hashes a second. If more jobs than this waited, their
// clients would have given up before the answers came.
constexpr std::size_t kCryptoQueuePerThread = 64;
// Half of the queue is what one account may have waiting, and fifty of its devices are to get in at
// once on the smallest machine.
constexpr std::size_t kCryptoQueueMin = 128;
constexpr std::chrono::milliseconds kCryptoWaitMax{5000};  // half the deadline of a request
// Those who guess at an account with a costly hash leave the other threads to others.
constexpr std::size_t kCryptoRunningPerAccount = 1;
constexpr std::size_t kDataQueuePerThread = 128;
// A thread of the crypto lane could do thirty logins a second, so it waits for a row that somebody
// keeps locked for a shorter time than others do, and answers 503.
constexpr int kCryptoLockMs = 300;
// I/O threads take precedence over hashing, so that /jwks stays fast during a flood of logins.
constexpr int kCryptoNice = 10;

routes::BrowserPolicy make_browser_policy(const config::Config& config) {
    routes::BrowserPolicy policy{config.browsers.cookies, config.browsers.same_site,
                                 config.browsers.cors_origins, config.browsers.try_page};
    if (auto own = config::origin_of(config.tokens.issuer)) {
        policy.origins.push_back(std::move(*own));
    }
    return policy;
}

tokens::KeyringOptions make_keyring_options(const config::Config& config) {
    return {.issuer = config.tokens.issuer,
            .audience = config.tokens.audience,
            .ttl_s_max = config.tokens.ttl_s,
            .claims_namespace = config.claims_namespace};
}

// Half of the memory of the process is for what hashes take, and at least one of today's fits.
std::uint64_t hash_memory_kib(const Argon2Options& options) {
    constexpr std::uint64_t kBytesPerKib = 1024;
    return std::max<std::uint64_t>(usable_memory_bytes() / kBytesPerKib / 2, options.memory_kib);
}

Argon2HasherHooks make_hooks(MemoryBudget& memory, const Argon2Options& options,
                             const config::SecretText& signer_key,
                             std::shared_ptr<LongestVerification> longest, const Log& log) {
    Argon2HasherHooks hooks;
    hooks.signer_key = signer_key.reveal();
    hooks.longest = std::move(longest);
    hooks.memory_kib_max = std::min(memory.kib(), stored_memory_kib_max(options));
    hooks.derive = [&memory](const Argon2Input& input, std::span<std::byte> tag) {
        const MemoryBudget::Share share(memory, input.options.memory_kib);
        return share.granted() ? derive_argon2(input, tag) : Argon2Outcome::out_of_memory;
    };
    hooks.derive_foreign = [&memory](const ForeignHash& hash, std::string_view password,
                                     std::string_view key, std::span<char> tag) {
        const MemoryBudget::Share share(memory, hash.memory_kib());
        return share.granted() && derive_foreign(hash, password, key, tag);
    };
    hooks.on_unreadable_hash = [&log](std::string_view reason) {
        log.write(LogLevel::error, "stored-password-unreadable", {{"reason", reason}});
    };
    return hooks;
}

// Descriptors that clients' connections must not use up. They are for the connection of each lane
// thread and the one that replaces it, and for keys, the log and the listener.
constexpr std::size_t kDescriptorsPerLaneThread = 2;
constexpr std::size_t kDescriptorsReserved = 64;

// Of the listener of /metrics, which has few readers. They are a part of those reserved.
constexpr std::size_t kMetricsConnections = 16;

// The configuration was checked, so each entry is a network.
http::TrustedProxies make_proxies(const std::vector<std::string>& entries) {
    http::TrustedProxies proxies;
    for (const std::string& entry : entries) {
        if (const auto network = IpNetwork::from(entry)) {
            proxies.push_back(*network);
        }
    }
    return proxies;
}

http::Limits limits_within(std::size_t descriptors, const config::Config& config) {
    const std::size_t reserved =
        kDescriptorsReserved +
        kDescriptorsPerLaneThread * (config.lanes.data_threads + config.lanes.crypto_threads);
    http::Limits limits;
    limits.idle_deadline = std::chrono::seconds(config.server.idle_timeout_s);
    limits.connections_max = std::clamp<std::size_t>(descriptors - std::min(descriptors, reserved),
                                                     1, limits.connections_max);
    limits.connections_per_client_max = std::max<std::size_t>(1, limits.connections_max / 4 * 3);
    return limits;
}

// Says where the key belongs that sessions need. It is read again by itself from a file only.
std::string session_key_cure(const config::KeyConfig& keys) {
    if (keys.encryption_keys.empty()) {
        return "Put the session.key that sealed them back into AUTH_KEYS_DIR, where it is read "
               "again by itself.";
    }
    return keys.encryption_keys_file.empty()
               ? "Add the key that sealed them to AUTH_KEY_ENCRYPTION_KEY, behind the first, and "
                 "restart."
               : "Add the key that sealed them to the file of AUTH_KEY_ENCRYPTION_KEY_FILE, behind "
                 "the first; it is read again by itself.";
}

std::optional<Text> default_role(const config::Config& config) {
    return config.roles.default_role.empty() ? std::nullopt : Text::from(config.roles.default_role);
}

// Keys in PostgreSQL are not read before the migration; keys in a directory can be read at once.
KeyWatch::Options watch_options(const config::Config& config, std::optional<KeyAccess> access,
                                const store::ConnectionOptions& connection,
                                const DatabaseWatch& database) {
    KeyWatch::Options options;
    options.access = std::move(access);
    options.policy = config.keys.rotation;
    options.making = config.keys.making;
    options.check = std::chrono::seconds(config.keys.check_s);
    if (config.keys.in_database()) {
        options.obstacle = [&database] { return database.problem_with_tables(); };
    } else {
        // Its connection is opened when the first row is written.
        options.note = [store = std::shared_ptr(store::make_store(connection)),
                        &database](const KeyAudit& row) -> Result<void> {
            return database.problem().empty()
                       ? store->write_audit(row.actor, {row.action, row.kid, row.detail})
                       : Errc::store_unavailable;
        };
    }
    return options;
}

// One eighth of the cache's memory is for tokens, whose entries are smaller than those of users.
constexpr std::size_t kTokenShare = 8;
constexpr std::size_t kMiB = std::size_t{1024} * 1024;

std::size_t token_bytes(const config::WebhookConfig& webhook) {
    return webhook.cache_mib * kMiB / kTokenShare;
}

users::UserCacheOptions user_cache_options(const config::Config& config) {
    users::UserCacheOptions options;
    options.bytes_max = config.webhook.cache_mib * kMiB - token_bytes(config.webhook);
    if (!config.store.claims_function.empty()) {
        options.age_max =
            std::min(options.age_max, std::chrono::seconds(config.webhook.claims_max_age_s));
    }
    options.stale_max = std::chrono::seconds(config.webhook.stale_max_s);
    return options;
}

UserWatch::Options user_watch_options(const config::Config& config,
                                      const store::ConnectionOptions& connection,
                                      const DatabaseWatch& database) {
    return {.feed = store::make_user_feed(connection),
            .check = look_interval(std::chrono::seconds(config.keys.check_s),
                                   std::chrono::seconds(config.webhook.stale_max_s)),
            .obstacle = [&database] { return database.problem(); }};
}

http::LaneOptions data_lane_options(std::size_t threads, const Log& log) {
    return {.name = "data",
            .threads = threads,
            .queue_max = threads * kDataQueuePerThread,
            .nice = 0,
            .on_error = [&log](std::string_view what) {
                log.write(LogLevel::error, "data-lane-failed", {{"reason", what}});
            }};
}

http::LaneOptions crypto_lane_options(std::size_t threads, const Log& log) {
    const std::size_t queue_max = std::max(kCryptoQueueMin, threads * kCryptoQueuePerThread);
    return {.name = "crypto",
            .threads = threads,
            .queue_max = queue_max,
            .waiting_per_account = queue_max / 2,
            .running_per_account = kCryptoRunningPerAccount,
            .wait_max = kCryptoWaitMax,
            .nice = kCryptoNice,
            .on_error = [&log](std::string_view what) {
                log.write(LogLevel::error, "crypto-lane-failed", {{"reason", what}});
            }};
}

// Whether the listener of clients has /metrics.
bool has_metrics(const config::MetricsConfig& config) {
    using Mode = config::MetricsConfig::Mode;
    return config.mode == Mode::on || config.mode == Mode::loopback;
}

routes::ApiScope api_scope(const config::Config& config) {
    return {.version = SIGNET_VERSION,
            .issuer = config.tokens.issuer,
            .password_length_min = config.password_length_min,
            .mail = config.mail.on(),
            .action_secret = !config.action_secret.empty(),
            .metrics = has_metrics(config.metrics),
            .cookies = config.browsers.cookies,
            .try_page = config.browsers.try_page};
}

routes::TryContext try_context(const config::Config& config) {
    if (!config.browsers.try_page) {
        return {};
    }
    const std::string url = config::service_url(config);
    return {
        routes::make_try_page({.cookies = config.browsers.cookies,
                               .jwt_secret = config::hasura_secret(config, url_below(url, "/jwks")),
                               .auth_hook = url_below(url, "/webhook"),
                               .anonymous_role = config.roles.anonymous_role})};
}

}  // namespace

std::vector<ReadinessCheck> ServiceReadiness::checks() const {
    const std::string problem = database_.problem();
    const std::string no_keys = keys_.problem();
    const std::string no_sessions = session_keys_.problem();
    const std::string no_clock = database_.clock_problem();
    const bool stopping = stopping_;
    return {{"database", problem.empty(), problem},
            {"keys", no_keys.empty(), no_keys},
            {"sessions", no_sessions.empty(), no_sessions},
            {"clock", no_clock.empty(), no_clock},
            {"shutdown", !stopping, stopping ? "in progress" : ""}};
}

Wiring::Wiring(const config::Config& config, Opened opened, const Log& log)
    : log_(log),
      policy_{config.roles, config.tokens, config.sessions, make_mail_policy(config),
              config.signups},
      browsers_(make_browser_policy(config)),
      action_secret_(config.action_secret),
      signer_key_(config.signer_key),
      graphql_(graphql::make_schema(config.graphql)),
      session_keys_(std::move(opened.session_keys), session_key_cure(config.keys), log),
      keyring_(std::move(opened.first_keys), make_keyring_options(config)),
      tokens_(keyring_, token_bytes(config.webhook)),
      users_(user_cache_options(config)),
      judge_(make_judge(config,
                        [&log](std::string_view reason) {
                            log.write(LogLevel::warn, "breached-passwords-not-looked-up",
                                      {{"reason", reason}, {"pauseSeconds", kBreachPause.count()}});
                        })),
      hash_memory_(hash_memory_kib(config.argon2)),
      throttle_(config.limits.failures_max),
      signup_limit_(config.limits.signups),
      login_limit_(config.limits.logins),
      connection_(std::move(opened.connection)),
      database_({connection_, std::move(opened.owner), config.store.migrate, default_role(config),
                 &session_keys_},
                log),
      keys_(watch_options(config, std::move(opened.key_access), connection_, database_), keyring_,
            log),
      user_watch_(user_watch_options(config, connection_, database_), users_, log),
      readiness_(database_, keys_, session_keys_),
      jwks_(keyring_, config.keys.jwks_max_age_s),
      contexts_{routes::SignInContext{policy_, browsers_, *judge_, session_keys_, keyring_, random_,
                                      throttle_, [this] { wake_mail_delivery(); }, log_, sign_ins_},
                routes::AccountContext{policy_.roles, browsers_, *judge_, keyring_, throttle_,
                                       session_keys_, random_, policy_.mail,
                                       [this] { wake_mail_delivery(); }, log_},
                routes::RecoveryContext{policy_.mail, policy_, browsers_, *judge_, session_keys_,
                                        keyring_, keyring_, random_, throttle_,
                                        [this] { wake_mail_delivery(); }, log_},
                routes::WebhookContext{policy_.roles, browsers_, {tokens_, users_}, log_},
                routes::KeysContext{jwks_, keyring_, policy_.tokens.issuer, log_},
                routes::HealthContext{readiness_},
                routes::describe_api(api_scope(config)),
                routes::MetricsContext{[this] { return to_exposition(figures()); },
                                       config.metrics.mode == config::MetricsConfig::Mode::loopback,
                                       log_},
                try_context(config),
                routes::GraphqlContext{graphql_, config.graphql.roots.size()}},
      janitor_({.audit_keep_s = config.store.audit_keep_s,
                .obstacle = [this] { return database_.problem(); },
                .on_outbox = [this](const OutboxFigures& rows) { outbox_.set(rows); }},
               store::make_store(connection_), log),
      mail_delivery_(deliver_mails(opened)),
      event_deliveries_(deliver_events(config)),
      data_lane_(data_lane_options(config.lanes.data_threads, log),
                 [this] {
                     std::unique_ptr<store::Store> store = store::make_store(connection_);
                     const routes::DataWorker worker{store->sessions(), store->user_reader(),
                                                     store->accounts(), store->failures(),
                                                     store->codes(),    store->outbox()};
                     return std::make_unique<DataSlot>(DataSlot{std::move(store), worker});
                 }),
      crypto_lane_(
          crypto_lane_options(config.lanes.crypto_threads, log),
          [this, options = config.argon2] {
              store::ConnectionOptions connection = connection_;
              connection.timeouts.lock_ms = kCryptoLockMs;
              std::unique_ptr<store::Store> store = store::make_store(connection);
              auto hasher = std::make_unique<Argon2Hasher>(
                  options, random_,
                  make_hooks(hash_memory_, options, signer_key_, longest_verification_, log_));
              routes::CryptoWorker worker{
                  {store->sessions(), store->user_reader(), store->accounts(), store->failures(),
                   store->codes(), store->outbox()},
                  *hasher};
              return std::make_unique<CryptoSlot>(
                  CryptoSlot{std::move(store), std::move(hasher), worker});
          }),
      server_({.host = config.server.host,
               .port = config.server.port,
               .io_threads = config.server.io_threads,
               .limits = limits_within(descriptors_, config),
               .cors_origins = config.browsers.cors_origins,
               .cors_headers = config.browsers.cors_headers,
               .trusted_proxies = make_proxies(config.server.trusted_proxies)},
              bind_routes(config), clock_, random_, log_),
      metrics_listener_(listen_for_metrics(config)) {}

std::unique_ptr<MailDelivery> Wiring::deliver_mails(Opened& opened) {
    if (!opened.mails) {
        return nullptr;
    }
    return std::make_unique<MailDelivery>(
        MailDelivery::Options{.sign_in = policy_,
                              .policy = policy_.mail,
                              .sealer = session_keys_,
                              .random = random_,
                              .mails = std::move(opened.mails),
                              .templates = std::move(opened.mail_templates),
                              .events = nullptr,
                              .obstacle = [this] { return delivery_problem(); }},
        store::make_store(connection_), log_);
}

void Wiring::wake_mail_delivery() {
    if (mail_delivery_) {
        mail_delivery_->wake();
    }
}

// More than one, so that a receiver that is slow with the event of one user holds up no other's.
constexpr std::size_t kEventDeliveries = 2;

std::vector<std::unique_ptr<MailDelivery>> Wiring::deliver_events(const config::Config& config) {
    std::vector<std::unique_ptr<MailDelivery>> deliveries(
        config.events.url.empty() ? 0 : kEventDeliveries);
    for (auto& delivery : deliveries) {
        delivery = std::make_unique<MailDelivery>(
            MailDelivery::Options{.sign_in = policy_,
                                  .policy = policy_.mail,
                                  .sealer = session_keys_,
                                  .random = random_,
                                  .mails = nullptr,
                                  .templates = nullptr,
                                  .events = make_event_transport(config.events, clock_),
                                  .obstacle = [this] { return delivery_problem(); }},
            store::make_store(connection_), log_);
    }
    return deliveries;
}

// Without the key that sealed the rows they are left to other replicas.
std::string Wiring::delivery_problem() const {
    const std::string problem = database_.problem();
    return problem.empty() ? session_keys_.problem() : problem;
}

void Wiring::begin_shutdown() {
    readiness_.begin_shutdown();
    if (mail_delivery_) {
        mail_delivery_->stop();
    }
    for (const auto& delivery : event_deliveries_) {
        delivery->stop();
    }
}

void Wiring::wait_for_first_keys() const {
    constexpr std::chrono::milliseconds kLook{2};
    const auto end = std::chrono::steady_clock::now() + kFirstKeysWait;
    const auto may_come = [this] {
        return !keys_.needs_database() || database_.starting() || database_.problem().empty();
    };
    // Keys of a directory are loaded already, so usually the loop ends within milliseconds.
    while (!keys_.settled() && may_come() && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(kLook);
    }
}

Binder Wiring::binder(const config::Config& config) {
    return {.contexts = contexts_,
            .browsers = browsers_,
            .log = log_,
            .data = data_lane_,
            .crypto = crypto_lane_,
            .signups = signup_limit_,
            .logins = login_limit_,
            .kept_body_bytes_max = config.webhook.body_bytes_max,
            .action_secret = action_secret_.reveal()};
}

std::vector<http::Route> Wiring::bind_routes(const config::Config& config) {
    const Binder binder = this->binder(config);
    const routes::ApiScope scope = api_scope(config);
    std::vector<http::Route> routes;
    for (const routes::Row& row : routes::table()) {
        if (routes::is_there(row, scope)) {
            routes.push_back(binder.bind(row));
        }
    }
    return routes;
}

std::unique_ptr<MetricsListener> Wiring::listen_for_metrics(const config::Config& config) {
    if (config.metrics.mode != config::MetricsConfig::Mode::own_listener) {
        return nullptr;
    }
    http::ServerOptions options;
    options.host = config.metrics.host;
    options.port = config.metrics.port;
    options.limits.connections_max = kMetricsConnections;
    options.limits.connections_per_client_max = kMetricsConnections;
    const auto row = std::ranges::find(routes::table(), true, &routes::Row::metrics);
    return std::make_unique<MetricsListener>(std::move(options), binder(config).bind(*row), clock_,
                                             random_, log_);
}

Figures Wiring::figures() const {
    Figures figures;
    figures.http = server_.figures();
    figures.data_lane = data_lane_.figures();
    figures.crypto_lane = crypto_lane_.figures();
    figures.hashing = hash_memory_.figures();
    figures.tokens = tokens_.size();
    figures.token_hits = tokens_.hits();
    figures.token_misses = tokens_.verifications();
    figures.users = users_.figures();
    figures.keys = keyring_.list();
    figures.next_rotation_s = keys_.next_rotation_s();
    figures.sign_ins = &sign_ins_;
    outbox_.put_into(figures);
    figures.checks = readiness_.checks();
    figures.process = process_figures();
    figures.started_at_s = started_at_s_;
    return figures;
}

}  // namespace signet::server
