#include "doctor/diagnosis.hpp"

#include "base/ascii.hpp"
#include "base/cookie_names.hpp"
#include "base/json.hpp"
#include "base/url.hpp"
#include "base/utf8.hpp"
#include "config/value.hpp"
#include "mail/mail_url.hpp"
#include "server/clock_comparison.hpp"

#include <signet/domain/role.hpp>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace json = boost::json;

namespace signet::doctor {
namespace {

constexpr std::string_view kSecretName = "HASURA_GRAPHQL_JWT_SECRET";
constexpr std::string_view kDefaultNamespace = "https://hasura.io/jwt/claims";
constexpr std::string_view kSecretsName = "HASURA_GRAPHQL_JWT_SECRETS";
// Tokens are dated back by this much, and Hasura allows no skew unless it is told to.
constexpr std::int64_t kTokenSkewMaxS = 5;

std::optional<json::object> read_object(std::string_view text) {
    const JsonLimits limits{.depth_max = 16, .members_max = 1000, .floats = true};
    auto read = read_json(text, limits);
    auto* const value = std::get_if<json::value>(&read);
    return value != nullptr && value->is_object() ? std::optional(value->get_object())
                                                  : std::nullopt;
}

// Returns a member that is a string, or nothing.
std::optional<std::string> text_of(const json::object& object, std::string_view name) {
    const json::value* const value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::optional(std::string(value->get_string()))
                                                  : std::nullopt;
}

// The secret that Hasura takes our tokens with.
struct JwtSecret {
    std::string_view setting;                // where it stands
    std::optional<json::object> value = {};  // nothing if it cannot be read
};

// Of several, Hasura takes the one with the issuer of the token, or else one without an issuer.
JwtSecret find_secret(const Facts& facts) {
    if (std::string one = hasura_setting(facts, kSecretName); !one.empty()) {
        return {kSecretName, read_object(one)};
    }
    JwtSecret out{kSecretsName};
    const auto all = read_object("{\"all\":" + hasura_setting(facts, kSecretsName) + '}');
    const json::value* const entries = all ? all->if_contains("all") : nullptr;
    if (entries == nullptr || !entries->is_array()) {
        return out;
    }
    for (const json::value& entry : entries->get_array()) {
        const auto* const secret = entry.if_object();
        if (secret == nullptr) {
            return {kSecretsName};
        }
        const auto issuer = text_of(*secret, "issuer");
        const bool ours = issuer == facts.loaded.config.tokens.issuer;
        if (ours || !out.value || (!issuer && text_of(*out.value, "issuer"))) {
            out.value = *secret;
        }
        if (ours) {
            break;
        }
    }
    return out;
}

// By how much the clock of Hasura may differ before it refuses tokens.
std::int64_t token_skew_s(const Facts& facts) {
    const auto secret = find_secret(facts).value;
    const json::value* const skew = secret ? secret->if_contains("allowed_skew") : nullptr;
    constexpr double kSkewMaxS = 1e9;
    return kTokenSkewMaxS +
           (skew != nullptr && skew->is_number()
                ? static_cast<std::int64_t>(std::clamp(skew->to_number<double>(), 0.0, kSkewMaxS))
                : 0);
}

void check_config(const Facts& facts, Findings& out) {
    for (const auto& [name, text] : facts.loaded.errors) {
        out.add("config-invalid", name, text);
    }
    for (const auto& [name, text] : facts.loaded.warnings) {
        out.add("config-risky", name, text);
    }
}

// Whether anything shows that others than this machine use Signet. A HOST of all addresses does
// not: a container has to listen there, whoever it is published for.
std::string sign_of_others(const Facts& facts) {
    const config::Config& config = facts.loaded.config;
    if (!is_local_url("//" + config.server.host)) {
        return "HOST is " + config.server.host;
    }
    if (!config.server.trusted_proxies.empty()) {
        return "AUTH_TRUSTED_PROXIES names a proxy";
    }
    const std::string& client = config.mail.policy.redirects.client_url;
    if (!config.mail.policy.ends_here && !is_local_url(client)) {
        return "AUTH_CLIENT_URL is " + quoted(client);
    }
    for (const std::string& origin : config.browsers.cors_origins) {
        if (origin != config.tokens.issuer && !is_local_url(origin)) {
            return "AUTH_CORS_ORIGINS has " + quoted(origin);
        }
    }
    return {};
}

void check_issuer(const Facts& facts, Findings& out) {
    const config::Config& config = facts.loaded.config;
    const std::string& issuer = config.tokens.issuer;
    if (facts.loaded.has_error("AUTH_ISSUER")) {
        return;
    }
    if (is_local_url(issuer)) {
        if (const std::string sign = sign_of_others(facts); !sign.empty()) {
            out.add("issuer-local", "AUTH_ISSUER", "is " + quoted(issuer) + ", but " + sign);
        }
        return;
    }
    if (issuer.starts_with("http://")) {
        out.add("issuer-http", "AUTH_ISSUER", "is " + quoted(issuer));
    }
    if (issuer.starts_with("https://") && config.server.trusted_proxies.empty() &&
        !facts.loaded.has_error("AUTH_TRUSTED_PROXIES")) {
        out.add("proxies-missing", "AUTH_TRUSTED_PROXIES",
                "is empty, so limits for an address count all clients together");
    }
}

void check_mail(const Facts& facts, Findings& out) {
    const config::Config& config = facts.loaded.config;
    if (facts.loaded.has_error("AUTH_MAIL_URL")) {
        return;
    }
    if (!config.mail.on()) {
        return out.add("mail-missing", "AUTH_MAIL_URL", "is not set");
    }
    if (config.mail.policy.ends_here) {
        out.add("client-url-missing", "AUTH_CLIENT_URL",
                "is not set, so links of mails end on a page of Signet");
    }
    if (config.mail.url.reveal().starts_with("file:") && !is_local_url(config.tokens.issuer)) {
        out.add("mail-to-files", "AUTH_MAIL_URL", "is file:, but AUTH_ISSUER is a public address");
    }
    if (facts.mail && facts.mail->outcome != DeliveryOutcome::delivered) {
        out.add("mail-unusable", "AUTH_MAIL_URL", to_printable(facts.mail->reason, kShownBytesMax));
    }
}

void check_files_and_keys(const Facts& facts, Findings& out) {
    for (const ExposedFile& file : facts.exposed) {
        out.add("file-exposed", to_printable(file.path, kShownBytesMax), file.reason);
    }
    if (!facts.keys.looked) {
        return;
    }
    for (const std::string& text : facts.keys.errors) {
        // A file that is too open is also a reason not to use the keys, and was named already.
        if (std::ranges::none_of(facts.exposed, [&](const ExposedFile& file) {
                return text.find(file.path) != std::string::npos;
            })) {
            out.add("keys-unusable", "AUTH_KEYS_DIR", text);
        }
    }
    if (facts.keys.errors.empty() && !facts.keys.signer) {
        out.add("keys-missing", "AUTH_KEYS_DIR", "holds no key that signs");
    }
}

// A key that two clocks disagree about: `ahead_s` is by how much the other one is ahead of ours.
void check_clock(std::string subject, std::int64_t ahead_s, std::int64_t allowed_s, Findings& out) {
    if (std::abs(ahead_s) > allowed_s) {
        out.add("clock-skew", std::move(subject),
                "its clock is " + std::to_string(std::abs(ahead_s)) + " s " +
                    (ahead_s > 0 ? "ahead of" : "behind") + " that of this machine");
    }
}

void check_database(const Facts& facts, Findings& out) {
    const DatabaseFacts& database = facts.database;
    constexpr std::string_view kSubject = "DATABASE_URL";
    switch (database.state) {
        case DatabaseState::not_asked:
            return;
        case DatabaseState::unreachable:
            return out.add("database-unreachable", std::string(kSubject), database.reason);
        case DatabaseState::read_only:
            return out.add("database-read-only", std::string(kSubject), database.reason);
        case DatabaseState::locked:
            return out.add("database-locked", std::string(kSubject), database.reason);
        case DatabaseState::pooled:
            return out.add("database-pooled", std::string(kSubject), database.reason);
        case DatabaseState::unusable:
            return out.add("database-unusable", std::string(kSubject), database.reason);
        case DatabaseState::ready:
            break;
    }
    for (const std::string& name : database.pending) {
        out.add("migrations-pending", name, "is not applied");
    }
    for (const store::ForeignObject& object : database.obstacles) {
        out.add("migration-blocked", std::string(kSubject), object.what, object.cure);
    }
    for (const store::ForeignObject& object : database.objects) {
        out.add(object.refuses ? "database-unsafe" : "database-risky", std::string(kSubject),
                object.what, object.cure);
    }
    check_clock("PostgreSQL", database.ahead_s, server::kClockSkewMax_s, out);
    const config::KeyConfig& keys = facts.loaded.config.keys;
    if (database.addresses > 1 && keys.encryption_keys.empty()) {
        out.add("keys-not-shared", "AUTH_KEY_ENCRYPTION_KEY",
                "is not set, but Signet is connected from " + std::to_string(database.addresses) +
                    " addresses" +
                    (keys.fixed() ? ": they share AUTH_PRIVATE_KEY, but sessions of one may be "
                                    "unknown to the others"
                                  : ""));
    }
    if (!database.roles) {
        return;
    }
    for (const RoleRow& role : *database.roles) {
        if (is_admin(role.name)) {
            out.add("role-admin", "role " + quoted(role.name),
                    std::to_string(role.users) + " users have it; " +
                        (facts.loaded.config.roles.allow_admin
                             ? "AUTH_ALLOW_ADMIN_ROLE is true, so their tokens may do everything"
                             : "tokens leave it out, since AUTH_ALLOW_ADMIN_ROLE is false"));
        }
    }
}

// Whether the parser of Hasura finds max-age in it: small letters, one comma and at most one blank
// between directives. Returns what it does otherwise.
std::string objection_to_cache(const std::optional<std::string>& header) {
    if (!header) {
        return "has no Cache-Control: Hasura fetches it at its start and never again, so that a "
               "new key is never seen";
    }
    std::string_view rest = *header;
    bool max_age = false;
    bool never = false;
    bool readable = true;
    while (!rest.empty()) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        std::string_view word = rest.substr(0, comma);
        rest.remove_prefix(std::min(comma + 1, rest.size()));
        if (word.starts_with(' ')) {
            word.remove_prefix(1);
        }
        for (const std::string_view name : {"max-age=", "s-maxage="}) {
            std::uint64_t seconds = 0;
            if (word.starts_with(name)) {
                const std::string_view number = word.substr(name.size());
                max_age |=
                    std::from_chars(number.data(), number.data() + number.size(), seconds).ec ==
                    std::errc();
            }
        }
        never |= word == "no-cache" || word == "no-store";
        readable &= trim(word) == word && !word.empty();
    }
    if (never) {
        return "says no-cache or no-store: Hasura fetches it every minute, whatever max-age says";
    }
    return max_age && readable ? std::string()
                               : "says " + quoted(*header) +
                                     ", in which Hasura finds no max-age: a new key is never seen";
}

void check_jwks(const Facts& facts, Findings& out) {
    if (!facts.jwks) {
        return;
    }
    const Answer& jwks = *facts.jwks;
    if (jwks.status == 0) {
        return out.add("jwks-unreachable", jwks.url, jwks.fault);
    }
    const auto set = read_object(jwks.body);
    const json::value* const keys = set ? set->if_contains("keys") : nullptr;
    if (jwks.status != 200 || keys == nullptr || !keys->is_array()) {
        return out.add("jwks-broken", jwks.url,
                       "answers " + std::to_string(jwks.status) +
                           (jwks.status == 200 ? " without a JSON object that has `keys`" : ""));
    }
    if (const std::string objection = objection_to_cache(jwks.cache_control); !objection.empty()) {
        out.add("jwks-max-age", jwks.url, objection);
    }
    if (facts.keys.signer && std::ranges::none_of(keys->get_array(), [&](const json::value& key) {
            return key.is_object() && text_of(key.get_object(), "kid") == facts.keys.signer;
        })) {
        out.add("jwks-foreign", jwks.url,
                "has no key " + quoted(*facts.keys.signer) + ", which signs here");
    }
    check_clock(jwks.url, jwks.ahead_s, token_skew_s(facts), out);
}

void check_discovery(const Facts& facts, Findings& out) {
    // What cannot be reached has been said of the JWKS, if that is at the same place.
    if (!facts.discovery ||
        (facts.discovery->status == 0 && facts.jwks && facts.jwks->status == 0)) {
        return;
    }
    const Answer& answer = *facts.discovery;
    const auto document = read_object(answer.body);
    const std::string& issuer = facts.loaded.config.tokens.issuer;
    if (answer.status != 200 || !document) {
        out.add("discovery-broken", answer.url,
                answer.status == 0 ? answer.fault : "answers " + std::to_string(answer.status));
    } else if (text_of(*document, "issuer") != issuer) {
        out.add("discovery-broken", answer.url,
                "is that of the issuer " + quoted(text_of(*document, "issuer").value_or("")) +
                    ", but AUTH_ISSUER is " + quoted(issuer));
    }
}

void check_secret_header(const std::string& subject, const json::object& secret, const Facts& facts,
                         Findings& out) {
    const bool cookies = facts.loaded.config.browsers.cookies;
    const json::value* const header = secret.if_contains("header");
    if (header == nullptr || header->is_null()) {
        if (cookies) {
            out.add("jwt-secret-cookie", subject, "has no `header`, so only Authorization counts");
        }
        return;
    }
    if (!header->is_object()) {
        return out.add("jwt-secret-header", subject, "its `header` is not a JSON object");
    }
    const std::string type = to_lower(text_of(header->get_object(), "type").value_or(""));
    const std::string name = text_of(header->get_object(), "name").value_or("");
    if (type == "cookie" && !cookies) {
        out.add("jwt-secret-header", subject,
                "takes the token from a cookie, but AUTH_COOKIES is off");
    } else if (type == "cookie" && name != kAccessCookie) {
        out.add("jwt-secret-header", subject,
                "takes the token from the cookie " + quoted(name) + ", but Signet sets " +
                    quoted(kAccessCookie));
    } else if (type == "authorization" && cookies) {
        out.add("jwt-secret-cookie", subject, "takes the token from Authorization only");
    } else if (type != "cookie" && type != "authorization" && type != "customheader") {
        out.add("jwt-secret-header", subject,
                "its `header` has the type " + quoted(type) +
                    "; expected Authorization, Cookie or CustomHeader");
    }
}

void check_secret_audience(const std::string& subject, const json::object& secret,
                           const Facts& facts, Findings& out) {
    const auto& ours = facts.loaded.config.tokens.audience;
    const json::value* const theirs = secret.if_contains("audience");
    const bool is_set = theirs != nullptr && !theirs->is_null();
    if (is_set != ours.has_value()) {
        return out.add("jwt-secret-audience-missing", subject,
                       is_set
                           ? "has `audience`, but AUTH_AUDIENCE is not set, so tokens have none, "
                             "and Hasura accepts those"
                           : "has no `audience`, but AUTH_AUDIENCE is " + quoted(*ours));
    }
    if (!is_set) {
        return;
    }
    const json::array all = theirs->is_array() ? theirs->get_array() : json::array{*theirs};
    if (std::ranges::find(all, json::value(json::string(*ours))) == all.end()) {
        out.add("jwt-secret-audience", subject,
                "its `audience` does not hold " + quoted(*ours) + ", which AUTH_AUDIENCE is");
    }
}

void check_secret_claims(const std::string& subject, const json::object& secret, const Facts& facts,
                         Findings& out) {
    const std::string& ours = facts.loaded.config.claims_namespace;
    if (secret.contains("claims_map")) {
        out.add("jwt-secret-claims", subject,
                "has `claims_map`, which overrides the namespace and the format");
    }
    if (text_of(secret, "claims_format").value_or("json") != "json") {
        out.add("jwt-secret-claims", subject,
                "its `claims_format` is not json, and Signet's claims are an object");
    }
    if (const auto path = text_of(secret, "claims_namespace_path")) {
        if (*path != "$['" + ours + "']" && *path != "$[\"" + ours + "\"]" &&
            *path != "$." + ours) {
            out.add("jwt-secret-namespace", subject,
                    "its `claims_namespace_path` is " + quoted(*path) +
                        ", while Signet's claims stand under " + quoted(ours));
        }
        return;
    }
    const std::string theirs =
        text_of(secret, "claims_namespace").value_or(std::string(kDefaultNamespace));
    if (theirs != ours) {
        out.add("jwt-secret-namespace", subject,
                "its `claims_namespace` is " + quoted(theirs) + ", but AUTH_CLAIMS_NAMESPACE is " +
                    quoted(ours));
    }
}

bool is_text(const json::value& value) {
    return value.is_string();
}

bool is_name(const json::value& value) {
    return value.is_string() && config::is_string_or_uri(value.get_string());
}

// What a member has to be, or Hasura does not start.
struct Form {
    std::string_view name;
    bool (*fits)(const json::value& value);
    std::string_view expected;
};
constexpr std::array kForms{
    Form{"jwk_url",
         [](const json::value& value) {
             return is_name(value) && (value.get_string().starts_with("http://") ||
                                       value.get_string().starts_with("https://"));
         },
         "an http or https URL"},
    Form{"key", is_text, "a text"},
    Form{"issuer", is_name, "a text that, with ':' in it, is a full URI"},
    Form{"audience",
         [](const json::value& value) {
             const auto* const all = value.if_array();
             return all == nullptr ? is_name(value) : std::ranges::all_of(*all, is_name);
         },
         "a text that, with ':' in it, is a full URI, or an array of such"},
    Form{"claims_namespace", is_text, "a text"},
    Form{"claims_namespace_path", is_text, "a text"},
    Form{"claims_format",
         [](const json::value& value) {
             return is_text(value) &&
                    (value.get_string() == "json" || value.get_string() == "stringified_json");
         },
         "\"json\" or \"stringified_json\""},
    Form{"claims_map", [](const json::value& value) { return value.is_object(); }, "an object"},
    Form{"allowed_skew",
         [](const json::value& value) {
             return value.is_number() && value.to_number<double>() >= 0;
         },
         "a number of seconds, without quotes"},
};

// Returns whether Hasura would start with it.
bool check_secret_forms(const std::string& subject, json::object& secret, Findings& out) {
    bool fits = true;
    for (const Form& form : kForms) {
        const json::value* const value = secret.if_contains(form.name);
        if (value != nullptr && value->is_null()) {
            secret.erase(form.name);  // as if it were not there
        } else if (value != nullptr && !form.fits(*value)) {
            fits = false;
            out.add("jwt-secret-shape", subject,
                    "its `" + std::string(form.name) + "` is not " + std::string(form.expected));
        }
    }
    if (secret.contains("claims_namespace") && secret.contains("claims_namespace_path")) {
        fits = false;
        out.add("jwt-secret-shape", subject,
                "has both `claims_namespace` and `claims_namespace_path`; at most one is expected");
    }
    return fits;
}

void check_secret(const Facts& facts, Findings& out) {
    auto [setting, secret] = find_secret(facts);
    const std::string subject(setting);
    if (!secret) {
        return out.add("jwt-secret-shape", subject,
                       (setting == kSecretName ? std::string("is no JSON object")
                                               : std::string("is no JSON array of objects")) +
                           "; a shell or compose may have taken off its quotes");
    }
    if (!check_secret_forms(subject, *secret, out)) {
        return;
    }
    const bool by_url = text_of(*secret, "jwk_url").has_value();
    const bool by_key = secret->contains("key");
    if (by_url == by_key) {
        return out.add("jwt-secret-shape", subject,
                       by_url ? "has both `jwk_url` and `key`; exactly one is expected"
                              : "has neither `jwk_url` nor `key`; exactly one is expected");
    }
    if (by_key) {
        const std::string type = text_of(*secret, "type").value_or("");
        out.add("jwt-secret-key", subject,
                "has a `key` of the type " + quoted(type) +
                    (type.starts_with("HS") ? ", a shared secret, but Signet signs with a private "
                                              "key: every token is refused"
                                            : ", which does not follow the rotation of keys"));
    }
    const auto issuer = text_of(*secret, "issuer");
    const std::string& ours = facts.loaded.config.tokens.issuer;
    if (!issuer) {
        out.add("jwt-secret-issuer-missing", subject, "has no `issuer`");
    } else if (*issuer != ours) {
        out.add("jwt-secret-issuer", subject,
                "its `issuer` is " + quoted(*issuer) + ", but AUTH_ISSUER is " + quoted(ours));
    }
    check_secret_audience(subject, *secret, facts, out);
    check_secret_claims(subject, *secret, facts, out);
    check_secret_header(subject, *secret, facts, out);
}

void check_hook(const Facts& facts, Findings& out) {
    const std::string mode = hasura_setting(facts, "HASURA_GRAPHQL_AUTH_HOOK_MODE");
    if (!mode.empty() && mode != "GET" && mode != "POST") {
        out.add("hook-mode", "HASURA_GRAPHQL_AUTH_HOOK_MODE", "is " + quoted(mode));
    }
    if (!facts.hook) {
        return;
    }
    const Answer& hook = *facts.hook;
    if (hook.status == 0) {
        return out.add("hook-unreachable", hook.url, hook.fault);
    }
    const auto body = read_object(hook.body);
    const bool roles = body && std::ranges::any_of(*body, [](const auto& member) {
                           return equal_ignoring_case(member.key(), "x-hasura-role");
                       });
    if (hook.status != 401 && !(hook.status == 200 && roles)) {
        out.add("hook-broken", hook.url,
                "answers " + std::to_string(hook.status) +
                    (hook.status == 200 ? " without X-Hasura-Role" : "") +
                    " to a request without a token; Signet answers 401, or 200 and a role");
    }
}

void check_hasura_settings(const Facts& facts, Findings& out) {
    if (facts.hasura.empty()) {
        return;
    }
    const std::string several = hasura_setting(facts, kSecretsName);
    const std::string one = hasura_setting(facts, kSecretName);
    const std::string& secret = one.empty() ? several : one;
    const std::string hook = hasura_setting(facts, "HASURA_GRAPHQL_AUTH_HOOK");
    if (!secret.empty() && !hook.empty()) {
        out.add("hook-and-jwt", "HASURA_GRAPHQL_AUTH_HOOK",
                "is set together with HASURA_GRAPHQL_JWT_SECRET");
    }
    const bool whole = knows_all_of_hasura(facts);
    if (secret.empty() && hook.empty() && whole) {
        out.add("jwt-secret-missing", std::string(kSecretName), "is not set");
    }
    if (whole && hasura_setting(facts, "HASURA_GRAPHQL_ADMIN_SECRET").empty()) {
        out.add("admin-secret-missing", "HASURA_GRAPHQL_ADMIN_SECRET", "is not set");
    }
    if (!secret.empty()) {
        check_secret(facts, out);
    }
    if (one.empty() && find_secret(facts).value) {
        out.add("jwt-secrets-edition", std::string(kSecretsName), "is set");
    }
    check_hook(facts, out);
    const std::string role = hasura_setting(facts, "HASURA_GRAPHQL_UNAUTHORIZED_ROLE");
    const std::string& anonymous = facts.loaded.config.roles.anonymous_role;
    const std::string subject = "HASURA_GRAPHQL_UNAUTHORIZED_ROLE";
    if (is_admin(role)) {
        out.add("unauthorized-role-admin", subject, "is admin");
    } else if (!role.empty() && !hook.empty()) {
        out.add("unauthorized-role-with-hook", subject,
                "is set together with HASURA_GRAPHQL_AUTH_HOOK");
    } else if (hook.empty() && !secret.empty() && role != anonymous && (whole || !role.empty())) {
        out.add("unauthorized-role-differs", subject,
                (role.empty() ? "is not set" : "is " + quoted(role)) +
                    ", but AUTH_ANONYMOUS_ROLE " +
                    (anonymous.empty() ? "is not set" : "is " + quoted(anonymous)));
    }
}

void check_running(const Facts& facts, Findings& out) {
    if (!facts.running) {
        return;
    }
    const RunningHasura& running = *facts.running;
    const std::string& url = running.health.url;
    if (running.health.status == 0) {
        return out.add("hasura-unreachable", url, running.health.fault);
    }
    check_clock(url, running.health.ahead_s, token_skew_s(facts), out);
    if (running.health.status != 200 || running.health.body.starts_with("WARN")) {
        out.add("hasura-inconsistent", url,
                "/healthz answers " + std::to_string(running.health.status) + ' ' +
                    quoted(trim(running.health.body)));
    }
    if (running.status_without_secret == 200) {
        out.add("hasura-open", url, "/v1/metadata answers without an admin secret");
    } else if (running.status_with_secret == 0) {
        out.add("hasura-secret-unknown", url, "its metadata needs the admin secret");
    } else if (running.status_with_secret != 200) {
        out.add("hasura-secret-refused", url,
                "/v1/metadata answers " + std::to_string(running.status_with_secret));
    }
}

}  // namespace

std::string hasura_setting(const Facts& facts, std::string_view name) {
    const auto found = facts.hasura.find(name);
    return found == facts.hasura.end() ? std::string() : std::string(trim(found->second));
}

std::string role_without_token(const Facts& facts) {
    const std::string role = hasura_setting(facts, "HASURA_GRAPHQL_UNAUTHORIZED_ROLE");
    return role.empty() ? facts.loaded.config.roles.anonymous_role : role;
}

bool knows_all_of_hasura(const Facts& facts) {
    return !hasura_setting(facts, "HASURA_GRAPHQL_DATABASE_URL").empty() ||
           !hasura_setting(facts, "HASURA_GRAPHQL_METADATA_DATABASE_URL").empty();
}

std::string jwk_url(const Facts& facts) {
    if (const auto secret = find_secret(facts).value) {
        if (auto url = text_of(*secret, "jwk_url")) {
            return *url;
        }
    }
    return url_below(facts.loaded.config.tokens.issuer, "/jwks");
}

std::vector<Finding> diagnose(const Facts& facts) {
    Findings out;
    check_config(facts, out);
    check_issuer(facts, out);
    check_mail(facts, out);
    check_files_and_keys(facts, out);
    check_database(facts, out);
    check_jwks(facts, out);
    check_discovery(facts, out);
    check_hasura_settings(facts, out);
    check_running(facts, out);
    check_metadata(facts, out);
    return out.sorted();
}

}  // namespace signet::doctor
