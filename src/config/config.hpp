#pragma once

#include "base/address_limit.hpp"
#include "base/log.hpp"
#include "base/secret.hpp"
#include "graphql/schema.hpp"
#include "keys/rotation.hpp"
#include "keys/stored_keys.hpp"
#include "password/argon2.hpp"
#include "password/zxcvbn_judge.hpp"

#include <signet/domain/role.hpp>
#include <signet/domain/session.hpp>
#include <signet/domain/signup_policy.hpp>
#include <signet/service/recovery.hpp>
#include <signet/service/sign_in.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signet::config {

// A text that is wiped when it is destroyed, and that no stream prints.
class SecretText {
public:
    SecretText() = default;
    explicit SecretText(std::string_view text) : text_(text) {}

    bool empty() const { return text_.empty(); }
    // Returns the clear text. Whoever copies it has to wipe the copy.
    const std::string& reveal() const { return text_; }

private:
    WipedText text_;
};

struct ServerConfig {
    std::string host;        // an IP address to bind
    std::uint16_t port = 0;  // 0: the system picks one
    std::size_t io_threads = 1;
    std::int64_t idle_timeout_s = 0;           // of a connection that has served something
    std::vector<std::string> trusted_proxies;  // addresses, or networks in CIDR notation
};

// Who may read /metrics.
struct MetricsConfig {
    enum class Mode : std::uint8_t { off, loopback, on, own_listener };

    Mode mode = Mode::loopback;
    std::string host;  // of a listener of its own: an IP address, or localhost
    std::uint16_t port = 0;
};

struct StoreConfig {
    SecretText database_url;   // libpq URL or keyword/value text; empty: not configured
    SecretText migration_url;  // of the role that owns the tables; empty: that of database_url
    SecretText import_url;     // of another service's database, for `signet import`; empty: none
    // The files that the URLs come from, if they do. A password that was changed stands there.
    std::string database_url_file;
    std::string migration_url_file;
    std::string schema;
    bool migrate = true;          // whether `serve` migrates by itself
    bool adopt = false;           // whether migrations take tables of others
    std::string claims_function;  // as it was written; empty: none
    std::int64_t claims_timeout_s = 0;
    std::int64_t audit_keep_s = 0;
};

// What the webhook may answer from memory.
struct WebhookConfig {
    std::int64_t claims_max_age_s = 0;
    std::int64_t stale_max_s = 0;
    std::size_t cache_mib = 0;
    std::size_t body_bytes_max = 0;  // of a POST from Hasura
};

struct KeyConfig {
    std::string directory;
    SecretText private_key;  // PEM; set: the one fixed key, and the directory holds no signing key
    SecretText public_key;   // PEM; only with private_key
    std::optional<std::string> key_id;
    // 32 bytes each; the first seals, all open. Not empty: the keys of sessions are sealed with
    // them, and the signing keys live in PostgreSQL, unless the one key is fixed.
    std::vector<SecretText> encryption_keys;
    std::string encryption_keys_file;  // that they come from, if they do
    keys::KeyMaking making;
    // How this process rotates. Servers on the same keys may be configured otherwise, and the shell
    // of an operator may not be configured at all.
    keys::RotationPolicy rotation;
    std::int64_t jwks_max_age_s = 0;
    std::int64_t jwks_consumer_tick_s = 0;
    std::int64_t check_s = 0;

    bool fixed() const { return !private_key.empty(); }
    // Whether the signing keys live in PostgreSQL.
    bool in_database() const { return !fixed() && !encryption_keys.empty(); }
};

struct BrowserConfig {
    bool cookies = false;
    std::string same_site;  // Lax, Strict or None
    std::vector<std::string> cors_origins;
    std::vector<std::string> cors_headers;
    bool try_page = false;  // whether there is a page to try the service
};

// Against guessing and floods.
struct LimitConfig {
    // Of one address; none: off.
    std::vector<RateLimit> signups;
    std::vector<RateLimit> logins;
    std::int64_t failures_max = 0;  // wrong passwords in a row
};

struct MailConfig {
    SecretText url;         // see read_mail_url(); empty: there is no mail
    std::string from;       // see read_sender()
    std::string templates;  // a directory; empty: those that ship
    // All but `on` and `events`, which come from other settings.
    MailPolicy policy;

    bool on() const { return !url.empty(); }
};

// Where events are posted.
struct EventConfig {
    SecretText url;                // http or https; empty: there are no events
    std::vector<SecretText> keys;  // the bytes of the secrets, each of which signs
};

struct LaneConfig {
    std::size_t data_threads = 1;
    std::size_t crypto_threads = 1;
};

struct LogConfig {
    LogLevel level = LogLevel::info;
    LogFormat format = LogFormat::json;
};

// The settings of the operator, checked, with the defaults filled in: see table.hpp. Each component
// gets its own part and never the whole.
struct Config {
    ServerConfig server;
    MetricsConfig metrics;
    StoreConfig store;
    KeyConfig keys;
    TokenPolicy tokens;
    std::string claims_namespace;
    SessionPolicy sessions;
    SecretText action_secret;  // that Hasura sends; empty: none of the routes with it are there
    graphql::Prefixes graphql;
    BrowserConfig browsers;
    RolePolicy roles;
    SignupPolicy signups;
    WebhookConfig webhook;
    Argon2Options argon2;
    SecretText signer_key;                // of a Firebase project, kFirebaseTagBytes; empty: none
    std::size_t password_length_min = 0;  // code points
    WeakPasswords weak_passwords = WeakPasswords::refuse;
    MailConfig mail;
    EventConfig events;
    LimitConfig limits;
    std::string breach_url;  // of a list of breached passwords; empty: none
    LaneConfig lanes;
    LogConfig log;
};

}  // namespace signet::config
