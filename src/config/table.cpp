#include "config/table.hpp"

#include "base/ascii.hpp"
#include "config/value.hpp"
#include "graphql/schema.hpp"
#include "keys/key_gate.hpp"
#include "password/foreign_hash.hpp"
#include "store/conninfo.hpp"
#include "store/function_name.hpp"

#include <signet/domain/audit.hpp>
#include <signet/domain/role.hpp>
#include <signet/domain/text.hpp>

#include <algorithm>
#include <array>
#include <climits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace signet::config {
namespace {

using enum Privacy;
using enum Support;

constexpr std::size_t kIssuerBytesMax = 2048;
constexpr std::size_t kNamespaceBytesMax = 255;
// Claims that stand beside the namespace in every token.
constexpr std::array<std::string_view, 9> kOtherClaims{"iss", "sub", "aud", "exp", "nbf",
                                                       "iat", "jti", "sid", "name"};
constexpr std::size_t kEncryptionKeyBytes = 32;
constexpr std::size_t kEncryptionKeysMax = 16;
constexpr std::size_t kEventKeyBytesMin = 24;
constexpr std::size_t kEventKeyBytesMax = 64;
constexpr std::size_t kEventKeysMax = 4;
constexpr std::size_t kOriginsMax = 64;
constexpr std::size_t kHeadersMax = 32;
constexpr std::size_t kProxiesMax = 256;
constexpr std::size_t kRedirectsMax = 64;
constexpr std::size_t kDomainsMax = 1000;

// The functions below read the text of a setting into its place (Setting::assign), and return
// whether it was what the row expects. `Path` is the chain of members that leads to the place.

template <auto... Path>
auto& place(Config& config) {
    return (config.*....*Path);
}

template <auto... Path>
bool flag(Config& config, std::string_view text) {
    const auto value = read_switch(text);
    if (value) {
        place<Path...>(config) = *value;
    }
    return value.has_value();
}

template <std::int64_t Min, std::int64_t Max, auto... Path>
bool number(Config& config, std::string_view text) {
    auto& target = place<Path...>(config);
    const auto value = read_number(text, Min, Max);
    if (value) {
        target = static_cast<std::remove_reference_t<decltype(target)>>(*value);
    }
    return value.has_value();
}

template <auto... Path>
bool duration(Config& config, std::string_view text) {
    const auto value = read_duration_s(text);
    if (value) {
        place<Path...>(config) = *value;
    }
    return value.has_value();
}

template <std::int64_t Min, std::int64_t Max, auto... Path>
bool bytes(Config& config, std::string_view text) {
    const auto value = read_bytes(text, Min, Max);
    if (value) {
        place<Path...>(config) = static_cast<std::size_t>(*value);
    }
    return value.has_value();
}

// A text for which `Check` is true.
template <auto Check, auto... Path>
bool checked(Config& config, std::string_view text) {
    if (!Check(text)) {
        return false;
    }
    place<Path...>(config) = std::string(text);
    return true;
}

template <auto... Path>
bool pem(Config& config, std::string_view text) {
    auto value = read_pem(text);
    if (value) {
        place<Path...>(config) = SecretText(*value);
        wipe(*value);
    }
    return value.has_value();
}

// check.cpp looks at what the text says, because it can say what is wrong.
template <auto... Path>
bool secret_text(Config& config, std::string_view text) {
    if (!Text::from(text)) {
        return false;
    }
    place<Path...>(config) = SecretText(text);
    return true;
}

// Has `take` look at each part of a list with commas, until it returns false.
template <class Take>
bool each_part(std::string_view list, Take take) {
    for (std::size_t begin = 0; begin <= list.size();) {
        const std::size_t end = std::min(list.find(',', begin), list.size());
        if (!take(list.substr(begin, end - begin))) {
            return false;
        }
        begin = end + 1;
    }
    return true;
}

bool encryption_keys(Config& config, std::string_view text) {
    std::vector<SecretText> keys;
    const bool good = each_part(text, [&keys](std::string_view part) {
        auto key = read_base64(part);
        if (!key || key->size() != kEncryptionKeyBytes || keys.size() == kEncryptionKeysMax) {
            return false;
        }
        keys.emplace_back(*key);
        wipe(*key);
        return true;
    });
    if (good) {
        config.keys.encryption_keys = std::move(keys);
    }
    return good;
}

// Long enough not to be guessed, and what a header can hold.
bool action_secret(Config& config, std::string_view text) {
    constexpr std::size_t kBytesMin = 16;
    constexpr std::size_t kBytesMax = 1024;
    if (text.size() < kBytesMin || text.size() > kBytesMax ||
        !std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; })) {
        return false;
    }
    config.action_secret = SecretText(text);
    return true;
}

bool firebase_signer_key(Config& config, std::string_view text) {
    auto key = read_base64(text);
    const bool good = key && key->size() == kFirebaseTagBytes;
    if (good) {
        config.signer_key = SecretText(*key);
    }
    if (key) {
        wipe(*key);
    }
    return good;
}

// Takes `whsec_` and base64, as Standard Webhooks writes secrets, with commas or blanks between.
bool event_secrets(Config& config, std::string_view text) {
    constexpr std::string_view kSeparators = ", \t\r\n";
    constexpr std::string_view kPrefix = "whsec_";
    std::vector<SecretText> keys;
    for (std::size_t begin = text.find_first_not_of(kSeparators);
         begin != std::string_view::npos;) {
        const std::size_t end = std::min(text.find_first_of(kSeparators, begin), text.size());
        const std::string_view part = text.substr(begin, end - begin);
        // The libraries of receivers do not know base64url, which read_base64() takes as well.
        const bool good = part.starts_with(kPrefix) &&
                          part.find_first_of("-_", kPrefix.size()) == std::string_view::npos;
        auto key = good ? read_base64(part.substr(kPrefix.size())) : std::nullopt;
        if (!key || key->size() < kEventKeyBytesMin || key->size() > kEventKeyBytesMax ||
            keys.size() == kEventKeysMax) {
            return false;
        }
        keys.emplace_back(*key);
        wipe(*key);
        begin = text.find_first_not_of(kSeparators, end);
    }
    config.events.keys = std::move(keys);
    return !config.events.keys.empty();
}

// Takes the parts of a list with commas. check.cpp looks at them, because it can say which one is
// wrong and what to write.
template <std::size_t Max, auto... Path>
bool listed(Config& config, std::string_view text) {
    std::vector<std::string> parts;
    const bool good = each_part(text, [&parts](std::string_view part) {
        parts.emplace_back(trim(part));
        return parts.size() <= Max;
    });
    if (good) {
        place<Path...>(config) = std::move(parts);
    }
    return good;
}

bool rsa_bits(Config& config, std::string_view text) {
    return number<2048, 4096, &Config::keys, &KeyConfig::making, &keys::KeyMaking::rsa_bits>(
               config, text) &&
           config.keys.making.rsa_bits % 1024 == 0;
}

bool signing_alg(Config& config, std::string_view text) {
    config.keys.making.alg = std::string(text);
    return text == "RS256" || text == "ES256" || text == "EdDSA";
}

bool key_rotation(Config& config, std::string_view text) {
    config.keys.rotation.period_s = read_duration_s(text);
    return config.keys.rotation.period_s || text == "off";
}

bool audit_keep(Config& config, std::string_view text) {
    config.store.audit_keep_s = read_duration_s(text).value_or(0);
    return config.store.audit_keep_s >= kAuditKeepMinS;
}

bool log_level(Config& config, std::string_view text) {
    constexpr std::array<std::string_view, 4> kNames{"debug", "info", "warn", "error"};
    const auto name = std::ranges::find(kNames, text);
    if (name != kNames.end()) {
        config.log.level = static_cast<LogLevel>(name - kNames.begin());
    }
    return name != kNames.end();
}

bool log_format(Config& config, std::string_view text) {
    config.log.format = text == "text" ? LogFormat::text : LogFormat::json;
    return text == "text" || text == "json";
}

bool email_verification(Config& config, std::string_view text) {
    const std::pair<std::string_view, EmailVerification> kinds[] = {
        {"off", EmailVerification::off},
        {"optional", EmailVerification::optional},
        {"required", EmailVerification::required}};
    for (const auto& [name, kind] : kinds) {
        if (name == text) {
            config.mail.policy.verification = kind;
            return true;
        }
    }
    return false;
}

bool signup_mode(Config& config, std::string_view text) {
    if (to_lower(text) == "invite") {
        config.signups.mode = SignupMode::invite;
        return true;
    }
    const auto on = read_switch(text);
    if (on) {
        config.signups.mode = *on ? SignupMode::on : SignupMode::off;
    }
    return on.has_value();
}

bool weak_passwords(Config& config, std::string_view text) {
    config.weak_passwords = text == "allow" ? WeakPasswords::allow : WeakPasswords::refuse;
    return text == "allow" || text == "refuse";
}

bool same_site(Config& config, std::string_view text) {
    for (const std::string_view value : {"Lax", "Strict", "None"}) {
        if (to_lower(value) == text) {
            config.browsers.same_site = std::string(value);
            return true;
        }
    }
    return false;
}

template <auto... Path>
bool rate_limits(Config& config, std::string_view text) {
    auto limits = read_rate_limits(text);
    if (!limits) {
        return false;
    }
    place<Path...>(config) = *std::move(limits);
    return true;
}

bool is_client_url(std::string_view text) {
    return (text.starts_with("https://") || text.starts_with("http://")) &&
           may_redirect(text, {std::string(text), {}});
}

// The values of reserved rows are checked and kept nowhere.

bool nothing(Config& /*config*/, std::string_view /*text*/) {
    return false;
}

bool is_host(std::string_view text) {
    return text == "localhost" || is_ip_address(text);
}

// Takes the name of a mode, or HOST:PORT with an IPv6 address in brackets.
bool metrics(Config& config, std::string_view text) {
    using Mode = MetricsConfig::Mode;
    constexpr std::int64_t kPortMax = 65535;
    MetricsConfig& target = config.metrics;
    if (to_lower(text) == "loopback") {
        target.mode = Mode::loopback;
        return true;
    }
    if (const auto on = read_switch(text)) {
        target.mode = *on ? Mode::on : Mode::off;
        return true;
    }
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return false;
    }
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) {
        host = host.substr(1, host.size() - 2);
    }
    const auto port = read_number(text.substr(colon + 1), 0, kPortMax);
    if (!port || !is_host(host) || bracketed != (host.find(':') != std::string_view::npos)) {
        return false;
    }
    target = {Mode::own_listener, std::string(host), static_cast<std::uint16_t>(*port)};
    return true;
}

bool is_short_text(std::string_view text, std::size_t bytes_max) {
    return !text.empty() && text.size() <= bytes_max && Text::from(text).has_value() &&
           !has_control_character(text);
}

bool is_any_text(std::string_view text) {
    return Text::from(text).has_value();
}

bool is_path(std::string_view text) {
    return is_short_text(text, PATH_MAX - 1);
}

bool is_schema(std::string_view text) {
    return !store::check_schema(text);
}

bool is_function(std::string_view text) {
    return store::quote_function_name(text).has_value();
}

bool is_key_id(std::string_view text) {
    return keys::is_kid(text);
}

bool is_claims_namespace(std::string_view text) {
    return is_short_text(text, kNamespaceBytesMax) &&
           std::ranges::find(kOtherClaims, text) == kOtherClaims.end();
}

// Neither a user nor a query, because digits are put behind it and it is shown.
bool is_range_url(std::string_view text) {
    return (text.starts_with("https://") || text.starts_with("http://")) &&
           text.size() <= kIssuerBytesMax && is_string_or_uri(text) && origin_of(text) &&
           text.find_first_of("@?#") == std::string_view::npos;
}

bool is_issuer(std::string_view text) {
    return is_short_text(text, kIssuerBytesMax) && is_string_or_uri(text);
}

bool is_role_name(std::string_view text) {
    return new_role_name(text).has_value();
}

bool is_role_name_or_empty(std::string_view text) {
    return text.empty() || is_role_name(text);
}

constexpr std::string_view kSwitch = "on or off";
constexpr std::string_view kDuration =
    "a duration of 1s to 3650d, such as 900, 30s, 15m, 1h or 14d";
constexpr std::string_view kPem = "a PEM text (line breaks may be written as \\n)";
constexpr std::string_view kName = "a text that, if it holds a colon, is a full URI";
constexpr std::string_view kRole = "a role name of at most 255 bytes without control characters";
constexpr std::string_view kThreads = "a whole number from 1 to 256";
constexpr std::string_view kDomains =
    "at most 1000 domains such as example.org or *.example.org, with commas between";
constexpr std::string_view kPrefix =
    "at most 64 letters, digits and underscores that a name of GraphQL can begin with, and not __";
constexpr std::string_view kLimit =
    "COUNT/DURATION such as 60/1h, at most four with commas between, or off";

constexpr std::string_view kListen = "Listening";
constexpr std::string_view kDatabase = "Database";
constexpr std::string_view kKeys = "Signing keys";
constexpr std::string_view kTokens = "Tokens";
constexpr std::string_view kRoles = "Roles and claims";
constexpr std::string_view kSignups = "Signups";
constexpr std::string_view kPasswords = "Passwords";
constexpr std::string_view kBrowsers = "Hasura Actions, browsers and proxies";
constexpr std::string_view kMail = "Mail";
constexpr std::string_view kEvents = "Events";
constexpr std::string_view kLimits = "Limits";
constexpr std::string_view kProcess = "Threads and log";

// clang-format off: a row a paragraph reads better than what the formatter makes of it.
constexpr std::array kSettings{
    Setting{kListen, "HOST", "an IP address or localhost", "127.0.0.1",
        "The address to listen on. `0.0.0.0` and `::` mean all addresses of the machine.",
        checked<is_host, &Config::server, &ServerConfig::host>},
    Setting{kListen, "PORT", "a whole number from 0 to 65535", "4000",
        "The TCP port to listen on. With 0 the system picks a free one.",
        number<0, 65535, &Config::server, &ServerConfig::port>},
    Setting{kListen, "AUTH_IDLE_TIMEOUT", kDuration, "75s",
        "How long a connection is kept after an answer. Longer than proxies and load balancers keep it, or they sometimes send a request into a connection that closes. One on which no request ever began is closed after 5 s.",
        duration<&Config::server, &ServerConfig::idle_timeout_s>},

    Setting{kDatabase, "DATABASE_URL", "a libpq URL: postgres://user:password@host:port/database", "",
        "The PostgreSQL database. Several hosts are allowed, with `target_session_attrs=read-write`.",
        secret_text<&Config::store, &StoreConfig::database_url>, "", secret},
    Setting{kDatabase, "MIGRATION_DATABASE_URL", "a libpq URL: postgres://owner:password@host:port/database", "",
        "The same database, as the role that owns the tables and runs the migrations. The role of `DATABASE_URL` then only reads and writes rows. With `AUTH_MIGRATE=off` only the user name is read, so the password may be left out.",
        secret_text<&Config::store, &StoreConfig::migration_url>, "`DATABASE_URL`", secret},
    Setting{kDatabase, "IMPORT_DATABASE_URL", "a libpq URL: postgres://user:password@host:port/database", "",
        "The database of another service that `signet import` reads users from. [How to](moving/README.md).",
        secret_text<&Config::store, &StoreConfig::import_url>, "", secret},
    Setting{kDatabase, "AUTH_MIGRATE", kSwitch, "on",
        "Whether `signet serve` brings the tables up to date by itself.",
        flag<&Config::store, &StoreConfig::migrate>},
    Setting{kDatabase, "AUTH_DATABASE_SCHEMA", "a schema name of 1 to 63 bytes, not pg_*, information_schema or signet", "public",
        "The schema of the tables `user`, `role` and `user_role`. What is secret is in the schema `signet`.",
        checked<is_schema, &Config::store, &StoreConfig::schema>},
    Setting{kDatabase, "AUTH_ADOPT", kSwitch, "off",
        "Whether migrating takes tables `user`, `role` and `user_role` that neither Signet nor the original service made. `signet migrate --plan` shows each change to them first.",
        flag<&Config::store, &StoreConfig::adopt>},
    Setting{kDatabase, "AUTH_AUDIT_KEEP", "a duration of 1d to 3650d, such as 90d", "90d",
        "How long rows of `signet.audit` are kept: who logged in, what was refused, and what operators and users changed. They are read by `signet audit`.",
        audit_keep},

    Setting{kKeys, "AUTH_KEYS_DIR", "a path", "keys",
        "The directory of the signing keys of a single machine, and of the key that seals session keys where `AUTH_KEY_ENCRYPTION_KEY` is unset. Files in it get mode 0600; as for a file with a secret, a group that the process is in may have access as well, so that a volume with `fsGroup` works.",
        checked<is_path, &Config::keys, &KeyConfig::directory>},
    Setting{kKeys, "AUTH_PRIVATE_KEY", kPem, "",
        "One fixed RSA key (PKCS#1 or PKCS#8) to sign with, instead of those in `AUTH_KEYS_DIR`.",
        pem<&Config::keys, &KeyConfig::private_key>, "", secret},
    Setting{kKeys, "AUTH_PUBLIC_KEY", kPem, "",
        "The public half of `AUTH_PRIVATE_KEY`. Not needed; when set, it has to match.",
        pem<&Config::keys, &KeyConfig::public_key>, "", unshown},
    Setting{kKeys, "AUTH_KEY_ID", "at most 255 visible ASCII characters", "",
        "The `kid` of `AUTH_PRIVATE_KEY`.",
        checked<is_key_id, &Config::keys, &KeyConfig::key_id>, "the RFC 7638 thumbprint"},
    Setting{kKeys, "AUTH_KEY_ENCRYPTION_KEY", "keys of 32 bytes in base64 (`openssl rand -base64 32`), at most 16, with commas between", "",
        "When set, the signing keys live in PostgreSQL, sealed with the first of these, and replicas share and rotate them; each of them can open. When unset, they live in `AUTH_KEYS_DIR`. The keys of sessions are sealed in PostgreSQL in either case, with the first of these, or else with a file of `AUTH_KEYS_DIR`. Beside `AUTH_PRIVATE_KEY`, which stays the key that signs, they seal the keys of sessions only, and replicas need no directory.",
        encryption_keys, "", secret},
    Setting{kKeys, "AUTH_RSA_BITS", "2048, 3072 or 4096", "2048",
        "The size of the keys that Signet makes.",
        rsa_bits},
    Setting{kKeys, "AUTH_SIGNING_ALG", "RS256, ES256 or EdDSA", "RS256",
        "The algorithm of the first key, and when set, of every new key. When unset, a new key has the algorithm of the key that signs, so `signet keys stage --alg` changes it for good. EdDSA is Ed25519. Check first that every consumer of the tokens accepts your choice.",
        signing_alg},
    Setting{kKeys, "AUTH_JWKS_MAX_AGE", kDuration, "300",
        "How long consumers may keep the JWKS: `max-age` in its Cache-Control.",
        duration<&Config::keys, &KeyConfig::jwks_max_age_s>},
    Setting{kKeys, "AUTH_JWKS_CONSUMER_TICK", kDuration, "60",
        "How often a consumer checks whether its copy of the JWKS is stale. Hasura v2 does every 60 s.",
        duration<&Config::keys, &KeyConfig::jwks_consumer_tick_s>},
    Setting{kKeys, "AUTH_KEY_PUBLISH_AHEAD", kDuration, "1h",
        "How long a new key is published before it signs. At least 2 × `AUTH_JWKS_MAX_AGE` + 2 × `AUTH_JWKS_CONSUMER_TICK`, or consumers refuse its tokens for a while.",
        duration<&Config::keys, &KeyConfig::rotation, &keys::RotationPolicy::publish_ahead_s>},
    Setting{kKeys, "AUTH_KEY_ROTATION", "a duration of 1s to 3650d such as 30d, or off", "30d",
        "How often a new key takes over. With `off`, only `signet keys` changes keys. `AUTH_PRIVATE_KEY` never rotates.",
        key_rotation},
    Setting{kKeys, "AUTH_KEY_CHECK", kDuration, "5s",
        "How often a server checks whether keys or users have changed, beside the notifications that it gets; keys at least every 15s.",
        duration<&Config::keys, &KeyConfig::check_s>},

    Setting{kTokens, "AUTH_ISSUER", kName, "",
        "`iss` of every token. Hasura compares its `issuer` with it byte for byte.",
        checked<is_issuer, &Config::tokens, &TokenPolicy::issuer>, "`http://HOST:PORT`"},
    Setting{kTokens, "AUTH_AUDIENCE", kName, "",
        "`aud` of every token.",
        checked<is_issuer, &Config::tokens, &TokenPolicy::audience>},
    Setting{kTokens, "AUTH_ACCESS_TOKEN_TTL", kDuration, "900",
        "How long an access token is valid.",
        duration<&Config::tokens, &TokenPolicy::ttl_s>},
    Setting{kTokens, "AUTH_REFRESH_TOKEN_TTL", kDuration, "14d",
        "How long a session lives without a refresh. `AUTH_ACCESS_TOKEN_TTL` at least, or access tokens outlive it in JWKS mode.",
        duration<&Config::sessions, &SessionPolicy::idle_s>},
    Setting{kTokens, "AUTH_SESSION_TTL", kDuration, "90d",
        "How long a session lasts at most, however often it is refreshed.",
        duration<&Config::sessions, &SessionPolicy::absolute_s>},
    Setting{kTokens, "AUTH_REFRESH_GRACE", kDuration, "30",
        "How long a used refresh token still gives its one successor. Used later, it ends the session.",
        duration<&Config::sessions, &SessionPolicy::grace_s>},

    Setting{kRoles, "AUTH_DEFAULT_ROLE", kRole, "user",
        "The role that everybody has. When empty, there is none, and a user without any role cannot sign in.",
        checked<is_role_name_or_empty, &Config::roles, &RolePolicy::default_role>, "", open, in_effect, Empty::is_a_value},
    Setting{kRoles, "AUTH_ANONYMOUS_ROLE", kRole, "",
        "The webhook's answer to a request without credentials. When unset, the answer is 401.",
        checked<is_role_name, &Config::roles, &RolePolicy::anonymous_role>},
    Setting{kRoles, "AUTH_ALLOW_ADMIN_ROLE", kSwitch, "false",
        "Whether the role `admin` may stand in a token. Hasura gives that role everything.",
        flag<&Config::roles, &RolePolicy::allow_admin>},
    Setting{kRoles, "AUTH_CLAIMS_NAMESPACE", "a text of at most 255 bytes without control characters, and no registered claim", "https://hasura.io/jwt/claims",
        "The claim that holds the `x-hasura-*` claims.",
        checked<is_claims_namespace, &Config::claims_namespace>},
    Setting{kRoles, "AUTH_CLAIMS_FUNCTION", "the name of an SQL function, with its schema or in that of AUTH_DATABASE_SCHEMA", "",
        "An SQL function `(user_id uuid) returns jsonb` that gives further `x-hasura-*` claims. If it fails, so does the request.",
        checked<is_function, &Config::store, &StoreConfig::claims_function>, "", open, in_effect, Empty::means_unset, true},
    Setting{kRoles, "AUTH_CLAIMS_TIMEOUT", kDuration, "2s",
        "How long a statement that calls the claims function may take.",
        duration<&Config::store, &StoreConfig::claims_timeout_s>},
    Setting{kRoles, "AUTH_CLAIMS_MAX_AGE", kDuration, "60s",
        "How long the webhook may reuse an answer of the claims function. `select signet.claims_changed(user_id)` drops it at once.",
        duration<&Config::webhook, &WebhookConfig::claims_max_age_s>},
    Setting{kRoles, "AUTH_WEBHOOK_STALE_MAX", kDuration, "60s",
        "How long the webhook answers from memory while PostgreSQL is away.",
        duration<&Config::webhook, &WebhookConfig::stale_max_s>},
    Setting{kRoles, "AUTH_WEBHOOK_CACHE_MIB", "a whole number from 1 to 65536", "128",
        "Memory for the users and tokens that the webhook remembers, in MiB. It is allocated as needed; some 150000 users fit into 128.",
        number<1, 65536, &Config::webhook, &WebhookConfig::cache_mib>},
    Setting{kRoles, "AUTH_WEBHOOK_BODY_MAX", "a size of 64KiB to 1024MiB, such as 1048576, 512KiB or 16MiB", "16MiB",
        "The largest POST that is taken from Hasura. Of it only `headers` is kept, up to 64 KiB; the rest takes no memory.",
        bytes<64 * 1024, 1024LL * 1024 * 1024, &Config::webhook, &WebhookConfig::body_bytes_max>},

    Setting{kSignups, "AUTH_SIGNUP", "on, off or invite", "on",
        "Who may sign up: with `on` everybody, with `off` nobody, with `invite` only who was invited. In the last two cases `/signup` is 403; `signet user create` and `user invite` go on in all three.",
        signup_mode},
    Setting{kSignups, "AUTH_SIGNUP_DOMAINS", kDomains, "",
        "The only domains of e-mail addresses with which users may sign up, and to which they may change theirs; then nobody signs up without an address. `example.org` is that domain alone, `*.example.org` every domain below it. An international domain is written in ASCII, as `xn--…`. Operators, and those whom they invite, are not bound. Only `AUTH_EMAIL_VERIFICATION=required` shows that an address is the user's own.",
        listed<kDomainsMax, &Config::signups, &SignupPolicy::domains>},
    Setting{kSignups, "AUTH_SIGNUP_DOMAINS_BLOCKED", kDomains, "",
        "Domains that are refused in the same places, also where the other list has them.",
        listed<kDomainsMax, &Config::signups, &SignupPolicy::blocked_domains>},

    Setting{kPasswords, "AUTH_PASSWORD_MIN_LENGTH", "a whole number from 8 to 256", "8",
        "How many code points a new password has at least.",
        number<8, 256, &Config::password_length_min>},
    Setting{kPasswords, "AUTH_PASSWORD_WEAK", "refuse or allow", "refuse",
        "What becomes of a new password that is easy to guess, such as `password1` or the user's own name. With `allow` only its length counts, and the list of breached ones where there is one, as users of a former service or the clients of a tutorial may expect.",
        weak_passwords},
    Setting{kPasswords, "AUTH_PASSWORD_HIBP_URL", "an http or https URL without user, query and fragment, such as https://api.pwnedpasswords.com/range", "",
        "A list of breached passwords, with the range API of Have I Been Pwned: it is asked for `URL/XXXXX`, the first five hexadecimal digits of the SHA-1 of a new password, and the password is refused if the answer has the others. When the list does not answer within 2 s, nothing is refused and it is not asked for 30 s.",
        checked<is_range_url, &Config::breach_url>},
    Setting{kPasswords, "AUTH_ARGON2_MEMORY_KIB", "a whole number from 8 to 1048576", "19456",
        "Memory of one Argon2id hash, in KiB. At least 8 for each lane.",
        number<8, 1'048'576, &Config::argon2, &Argon2Options::memory_kib>},
    Setting{kPasswords, "AUTH_ARGON2_ITERATIONS", "a whole number from 1 to 20", "2",
        "Passes over that memory.",
        number<1, 20, &Config::argon2, &Argon2Options::iterations>},
    Setting{kPasswords, "AUTH_ARGON2_LANES", "a whole number from 1 to 16", "1",
        "Lanes of one Argon2id hash.",
        number<1, 16, &Config::argon2, &Argon2Options::lanes>},

    Setting{kPasswords, "AUTH_FIREBASE_SIGNER_KEY", "the base64 of 64 bytes", "",
        "`base64_signer_key` of the Firebase project that users were imported from. Without it their passwords cannot be verified. It is a secret of the whole project and stands in no row. [How to](moving/firebase.md).",
        firebase_signer_key, "", secret},

    Setting{kBrowsers, "AUTH_ACTION_SECRET", "16 to 1024 characters of ASCII without blanks", "",
        "The secret that Hasura sends with Actions, in the header `X-Action-Secret`, and with queries to a remote schema. Without it the routes `/actions/…` and `/graphql` are not there. `openssl rand -hex 32` makes one. [How to](hasura/actions.md).",
        action_secret, "", secret},
    Setting{kBrowsers, "AUTH_GRAPHQL_TYPE_PREFIX", kPrefix, "Auth",
        "What the names of all types of the remote schema at `/graphql` begin with, so that they differ from those of tracked tables and other remote schemas. [How to](hasura/remote-schema.md).",
        checked<graphql::is_prefix, &Config::graphql, &graphql::Prefixes::types>},
    Setting{kBrowsers, "AUTH_GRAPHQL_ROOT_PREFIX", kPrefix, "",
        "The same for `signup`, `login`, `refresh`, `logout` and `me`: with `auth_` they are `auth_signup` and so on.",
        checked<graphql::is_prefix, &Config::graphql, &graphql::Prefixes::roots>},
    Setting{kBrowsers, "AUTH_ADMIN_SECRET", "a text", "",
        "The secret of the administration routes.",
        nothing, "", secret, refused},
    Setting{kBrowsers, "AUTH_COOKIES", kSwitch, "off",
        "Whether signup, login and refresh also set the cookies `__Host-signet-access` and `__Host-signet-refresh`. Then a call that changes something is taken from the origins below and that of `AUTH_ISSUER` only, and the access cookie is taken in place of a Bearer token.",
        flag<&Config::browsers, &BrowserConfig::cookies>},
    Setting{kBrowsers, "AUTH_COOKIE_SAMESITE", "lax, strict or none", "lax",
        "The SameSite attribute of the cookies.",
        same_site},
    Setting{kBrowsers, "AUTH_CORS_ORIGINS", "at most 64 origins such as https://app.example.org, with commas between", "",
        "The web sites and apps whose scripts may call Signet and read its answers. Schemes of apps, such as `capacitor://localhost`, are taken too.",
        listed<kOriginsMax, &Config::browsers, &BrowserConfig::cors_origins>},
    Setting{kBrowsers, "AUTH_CORS_HEADERS", "at most 32 names of request headers, with commas between", "",
        "The request headers that those scripts may send beside `Authorization` and `Content-Type`, such as `traceparent`.",
        listed<kHeadersMax, &Config::browsers, &BrowserConfig::cors_headers>},
    Setting{kBrowsers, "AUTH_TRY_PAGE", kSwitch, "off",
        "Whether there is the page `/try`, on which a person signs up and in, and sees the token, what the webhook answers for each role, the sessions, and the settings for Hasura. It offers nothing that a client of the API has not, and shows no secret, but is meant for development. `./run` sets it to `on`.",
        flag<&Config::browsers, &BrowserConfig::try_page>},
    Setting{kBrowsers, "AUTH_TRUSTED_PROXIES", "at most 256 networks or addresses such as 10.0.0.0/8, 127.0.0.1 or 2001:db8::/32, with commas between", "",
        "The proxies that say for whom they ask. The client's address is then the right-most one in `X-Forwarded-For` that is not of these, or where there is no such header, in `Forwarded`; from everybody else both are ignored. Name only what sets the header by itself: Hasura passes on what its clients write.",
        listed<kProxiesMax, &Config::server, &ServerConfig::trusted_proxies>},

    Setting{kMail, "AUTH_MAIL_URL", "smtp://user:password@host:587, smtps://user:password@host:465 or file:DIRECTORY", "",
        "The mail server that sends mails; without it there are none. `smtp://` needs STARTTLS, unless `?tls=off` stands at the end. Characters such as `/`, `?`, `#`, `@`, `:` and `%` of user and password are written as `%2F`, `%3F`, `%23`, `%40`, `%3A` and `%25`. With `file:` each mail becomes a file, for development. [How to](mail.md).",
        secret_text<&Config::mail, &MailConfig::url>, "", secret},
    Setting{kMail, "AUTH_MAIL_FROM", "an address, or Name <address>", "",
        "From whom the mails are. Needed with `AUTH_MAIL_URL`.",
        checked<is_any_text, &Config::mail, &MailConfig::from>},
    Setting{kMail, "AUTH_MAIL_TEMPLATES", "a path", "",
        "A directory with templates of mails, in place of those that ship, file by file; `signet mail templates` writes them. It is read at the start.",
        checked<is_path, &Config::mail, &MailConfig::templates>},
    Setting{kMail, "AUTH_EMAIL_VERIFICATION", "off, optional or required", "off",
        "Whether new users prove their address by a link: `optional` sends one and depends on nothing, with `required` nobody signs in before. Needs `AUTH_MAIL_URL`.",
        email_verification},
    Setting{kMail, "AUTH_CLIENT_URL", "an http or https URL", "",
        "The application: where the links of mails lead in the end, unless a request names another place.",
        checked<is_client_url, &Config::mail, &MailConfig::policy, &MailPolicy::redirects, &RedirectPolicy::client_url>, "`AUTH_ISSUER`"},
    Setting{kMail, "AUTH_REDIRECT_URLS", "at most 64 URLs, with commas between", "",
        "Where `redirectTo` may lead beside every path of the origin of `AUTH_CLIENT_URL`: an origin with every path of it, or one with a path and what is below it.",
        listed<kRedirectsMax, &Config::mail, &MailConfig::policy, &MailPolicy::redirects, &RedirectPolicy::allowed>},
    Setting{kMail, "AUTH_LIMIT_MAIL", kLimit, "1/1m,5/1h",
        "How many mails an address, and a user, are sent that somebody asks for, whichever kind they are of. More are dropped in silence.",
        rate_limits<&Config::mail, &MailConfig::policy, &MailPolicy::limits>},
    Setting{kMail, "AUTH_TICKET_TTL", kDuration, "1h",
        "How long the link of a mail is good for; that of an invitation is so for 7 days.",
        duration<&Config::mail, &MailConfig::policy, &MailPolicy::ticket_ttl_s>},
    Setting{kMail, "AUTH_CODE_TTL", kDuration, "10m",
        "How long a code of a mail is good for.",
        duration<&Config::mail, &MailConfig::policy, &MailPolicy::code_ttl_s>},

    Setting{kEvents, "AUTH_EVENTS_URL", "an https URL, or an http one, without user and fragment", "",
        "Where events are posted, such as a new user or a changed password; without it there are none. It may have a path and a query, and is never shown, since these often hold a key. Commands write events where it is set for them as well. [How to](events.md).",
        secret_text<&Config::events, &EventConfig::url>, "", secret},
    Setting{kEvents, "AUTH_EVENTS_SECRET", "whsec_ and the base64 of 24 to 64 random bytes; at most four, with commas between", "",
        "What events are signed with, so that the receiver knows who sent them. `echo whsec_$(openssl rand -base64 32)` makes one. Each of several makes a signature: while it is changed, the receiver may know the old or the new one. Needed with `AUTH_EVENTS_URL`.",
        event_secrets, "", secret},

    Setting{kLimits, "AUTH_LIMIT_SIGNUP", kLimit, "60/1h",
        "How many signups one address may send, counted from the first of them; an IPv6 network of 64 bits is one address. Several hold together. Each replica counts by itself. Behind a proxy `AUTH_TRUSTED_PROXIES` is needed, or everybody has the address of the proxy.",
        rate_limits<&Config::limits, &LimitConfig::signups>},
    Setting{kLimits, "AUTH_LIMIT_LOGIN", kLimit, "300/5m",
        "The same for logins, right ones and wrong ones, and for calls of the routes of mails.",
        rate_limits<&Config::limits, &LimitConfig::logins>},
    Setting{kLimits, "AUTH_LOGIN_FAILURES_MAX", "a whole number from 5 to 1000000", "100",
        "Wrong passwords of an account in a row after which none is tried any more, until an operator runs `signet user set-password` or `user unlock`. From the fifth on there is a wait after each, of 1 s at first and 15 minutes at most. A network from which a session of the user lives has a count of its own.",
        number<5, 1'000'000, &Config::limits, &LimitConfig::failures_max>},

    Setting{kProcess, "AUTH_IO_THREADS", kThreads, "",
        "Threads that read and write sockets. By default as many as there are cores that the process may use: its affinity and the quota of its cgroup (v1 or v2) count.",
        number<1, 256, &Config::server, &ServerConfig::io_threads>, "from the cores"},
    Setting{kProcess, "AUTH_LANE_DATA_THREADS", kThreads, "",
        "Threads that wait for PostgreSQL; each has a connection. By default two for each core, at most 14 together with the next; six more connections watch for changes, so a replica takes at most 20, with `AUTH_MAIL_URL` one more, and with `AUTH_EVENTS_URL` two.",
        number<1, 256, &Config::lanes, &LaneConfig::data_threads>, "from the cores"},
    Setting{kProcess, "AUTH_LANE_CRYPTO_THREADS", kThreads, "",
        "Threads that hash passwords; each has a connection and the memory of one hash. By default one for each core, at most 8.",
        number<1, 256, &Config::lanes, &LaneConfig::crypto_threads>, "from the cores"},
    Setting{kProcess, "AUTH_METRICS", "off, loopback, on, or HOST:PORT with an IP address or localhost", "loopback",
        "Who may read `/metrics`: nobody, this machine, everybody, or whoever reaches a listener of its own, which serves nothing else. What a proxy on this machine forwards is not of this machine, if the proxy says so. [What is there](operations.md#metrics).",
        metrics},
    Setting{kProcess, "AUTH_LOG_LEVEL", "debug, info, warn or error", "info",
        "The least important events that are logged.",
        log_level},
    Setting{kProcess, "AUTH_LOG_FORMAT", "json or text", "",
        "The form of a log line.",
        log_format, "`json`; `text` on a terminal"},
};
// clang-format on

}  // namespace

std::span<const Setting> settings() {
    return kSettings;
}

}  // namespace signet::config
