#include "base/ip_address.hpp"
#include "base/secret.hpp"
#include "base/utf8.hpp"
#include "config/load.hpp"
#include "config/value.hpp"
#include "mail/mail_url.hpp"
#include "mail/sender.hpp"
#include "password/argon2.hpp"
#include "store/conninfo.hpp"

#include <signet/domain/role.hpp>
#include <signet/domain/signup_policy.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace signet::config {
namespace {

constexpr std::size_t kEntryBytesMax = 200;  // of a value that an error shows

void check_database(LoadedConfig& loaded) {
    const StoreConfig& store = loaded.config.store;
    for (const auto& [name, url] : {std::pair("DATABASE_URL", &store.database_url),
                                    std::pair("MIGRATION_DATABASE_URL", &store.migration_url),
                                    std::pair("IMPORT_DATABASE_URL", &store.import_url)}) {
        if (url->empty()) {
            continue;
        }
        if (const auto reason = store::check_dsn(url->reveal())) {
            loaded.errors.push_back({name,
                                     "expected a libpq URL such as "
                                     "postgres://user:password@host:port/database: " +
                                         *reason});
        }
    }
    const std::string& owner = store.migration_url.reveal();
    if (!owner.empty() && !store::check_dsn(owner) && store::role_of(owner).empty()) {
        loaded.errors.push_back({"MIGRATION_DATABASE_URL",
                                 "has to name the role that owns the tables, as in "
                                 "postgres://owner@host:port/database"});
    }
}

void check_roles(LoadedConfig& loaded) {
    const RolePolicy& roles = loaded.config.roles;
    const auto check = [&](std::string_view variable, std::string_view role) {
        if (!is_admin(role) || loaded.has_error("AUTH_ALLOW_ADMIN_ROLE")) {
            return;
        }
        if (roles.allow_admin) {
            loaded.warnings.push_back(
                {std::string(variable),
                 "is admin: Hasura lets everybody who gets it do everything"});
        } else {
            loaded.errors.push_back({std::string(variable),
                                     "must not be admin, to which Hasura gives everything, unless "
                                     "AUTH_ALLOW_ADMIN_ROLE is true"});
        }
    };
    check("AUTH_DEFAULT_ROLE", roles.default_role);
    if (is_admin(roles.anonymous_role)) {
        loaded.errors.push_back({"AUTH_ANONYMOUS_ROLE",
                                 "must not be admin: Hasura would let everybody on the network do "
                                 "everything"});
    }
}

void check_fixed_key(LoadedConfig& loaded) {
    const KeyConfig& keys = loaded.config.keys;
    if (!keys.private_key.empty() || loaded.has_error("AUTH_PRIVATE_KEY")) {
        return;
    }
    if (!keys.public_key.empty()) {
        loaded.errors.push_back({"AUTH_PUBLIC_KEY", "needs AUTH_PRIVATE_KEY, whose half it is"});
    }
    if (keys.key_id) {
        loaded.errors.push_back({"AUTH_KEY_ID", "needs AUTH_PRIVATE_KEY, which it names"});
    }
}

bool keys_are_readable(const LoadedConfig& loaded) {
    constexpr std::array<std::string_view, 4> kNames{"AUTH_JWKS_MAX_AGE", "AUTH_JWKS_CONSUMER_TICK",
                                                     "AUTH_KEY_PUBLISH_AHEAD", "AUTH_KEY_ROTATION"};
    return std::ranges::none_of(kNames, [&](auto name) { return loaded.has_error(name); });
}

std::string seconds(std::int64_t count) {
    return std::to_string(count) + " s";
}

// Hasura keeps its copy of the keys for max-age and up to one tick, and may once fail to fetch
// them.
void check_rotation(LoadedConfig& loaded) {
    const KeyConfig& keys = loaded.config.keys;
    if (keys.fixed() || !keys_are_readable(loaded)) {
        return;
    }
    const std::int64_t least_s = 2 * keys.jwks_max_age_s + 2 * keys.jwks_consumer_tick_s;
    if (keys.rotation.publish_ahead_s < least_s) {
        loaded.warnings.push_back(
            {"AUTH_KEY_PUBLISH_AHEAD",
             "is " + seconds(keys.rotation.publish_ahead_s) + ", less than " + seconds(least_s) +
                 " (2 x AUTH_JWKS_MAX_AGE of " + seconds(keys.jwks_max_age_s) +
                 " + 2 x AUTH_JWKS_CONSUMER_TICK of " + seconds(keys.jwks_consumer_tick_s) +
                 "): a Hasura that has not seen a new key yet refuses its tokens"});
    }
    if (keys.rotation.period_s && *keys.rotation.period_s < keys.rotation.publish_ahead_s) {
        loaded.warnings.push_back(
            {"AUTH_KEY_ROTATION",
             "is " + seconds(*keys.rotation.period_s) + ", less than AUTH_KEY_PUBLISH_AHEAD of " +
                 seconds(keys.rotation.publish_ahead_s) +
                 ": every key signs until the next one has been published long enough"});
    }
}

void check_issuer(LoadedConfig& loaded) {
    const std::string& issuer = loaded.config.tokens.issuer;
    if (loaded.has_error("AUTH_ISSUER")) {
        return;
    }
    if (issuer.ends_with('/')) {
        loaded.warnings.push_back({"AUTH_ISSUER",
                                   "ends with a slash: `issuer` in HASURA_GRAPHQL_JWT_SECRET has "
                                   "to end with it too"});
    }
    const ServerConfig& server = loaded.config.server;
    const bool is_nowhere = server.host == "0.0.0.0" || server.host == "::" || server.port == 0;
    if (is_nowhere && issuer == default_issuer(server.host, server.port)) {
        loaded.warnings.push_back(
            {"AUTH_ISSUER",
             "is " + issuer +
                 ", where nobody can reach Signet; set it to the address that clients use"});
    }
}

// A stolen token works unnoticed for as long as the grace lasts.
constexpr std::int64_t kGraceUsualMaxS = 300;

void check_sessions(LoadedConfig& loaded) {
    const SessionPolicy& sessions = loaded.config.sessions;
    if (!loaded.has_error("AUTH_REFRESH_GRACE") && sessions.grace_s > kGraceUsualMaxS) {
        loaded.warnings.push_back(
            {"AUTH_REFRESH_GRACE", "is " + seconds(sessions.grace_s) + ", more than " +
                                       seconds(kGraceUsualMaxS) +
                                       ": a stolen refresh token stays unnoticed for that long"});
    }
    if (loaded.has_error("AUTH_REFRESH_TOKEN_TTL") || loaded.has_error("AUTH_SESSION_TTL") ||
        loaded.has_error("AUTH_ACCESS_TOKEN_TTL")) {
        return;
    }
    const std::int64_t shortest_s = std::min(sessions.idle_s, sessions.absolute_s);
    if (shortest_s < loaded.config.tokens.ttl_s) {
        loaded.warnings.push_back(
            {sessions.idle_s == shortest_s ? "AUTH_REFRESH_TOKEN_TTL" : "AUTH_SESSION_TTL",
             "is " + seconds(shortest_s) + ", less than AUTH_ACCESS_TOKEN_TTL of " +
                 seconds(loaded.config.tokens.ttl_s) +
                 ": a session ends while its access token is still valid for a Hasura in JWKS "
                 "mode"});
    }
}

void check_browsers(LoadedConfig& loaded) {
    if (loaded.config.browsers.cookies && loaded.config.browsers.same_site == "None") {
        loaded.warnings.push_back({"AUTH_COOKIE_SAMESITE",
                                   "is none: pages of every site send the access cookie along; "
                                   "let a proxy check Origin in front of Hasura"});
    }
    const std::string issuer = origin_of(loaded.config.tokens.issuer).value_or("");
    if (loaded.config.browsers.cookies && issuer.starts_with("http://") &&
        issuer != "http://localhost" && !issuer.starts_with("http://localhost:") &&
        !loaded.has_error("AUTH_ISSUER") && !loaded.has_error("AUTH_COOKIES")) {
        loaded.warnings.push_back(
            {"AUTH_COOKIES",
             "is on, but AUTH_ISSUER is neither an https URL nor http://localhost: browsers keep "
             "these cookies over TLS and on http://localhost; elsewhere they drop them without a "
             "word, also on 127.0.0.1 for a page on localhost"});
    }
}

void check_cors(LoadedConfig& loaded) {
    const BrowserConfig& browsers = loaded.config.browsers;
    for (const std::string& origin : browsers.cors_origins) {
        if (is_origin(origin)) {
            continue;
        }
        const auto meant = guess_origin(origin);
        loaded.errors.push_back(
            {"AUTH_CORS_ORIGINS",
             "has \"" + to_printable(origin, kEntryBytesMax) + "\", which no browser sends; " +
                 (meant ? "write \"" + *meant + '"'
                        : "expected origins such as https://app.example.org or "
                          "capacitor://localhost, without path, with commas between")});
    }
    for (const std::string& header : browsers.cors_headers) {
        if (!is_header_name(header)) {
            loaded.errors.push_back(
                {"AUTH_CORS_HEADERS", "has \"" + to_printable(header, kEntryBytesMax) +
                                          "\", which is not the name of a header; expected names "
                                          "such as traceparent, with commas between"});
        }
    }
}

void check_proxies(LoadedConfig& loaded) {
    for (const std::string& entry : loaded.config.server.trusted_proxies) {
        const auto network = IpNetwork::from(entry);
        if (!network || network->first() != IpAddress::from(entry.substr(0, entry.find('/')))) {
            const auto meant = guess_network(entry);
            loaded.errors.push_back(
                {"AUTH_TRUSTED_PROXIES",
                 "has \"" + to_printable(entry, kEntryBytesMax) +
                     "\", which is neither an address nor a network; " +
                     (meant ? "write \"" + *meant + '"'
                            : "expected networks such as 10.0.0.0/8, 127.0.0.1 or 2001:db8::/32, "
                              "with commas between")});
        } else if (network->str().ends_with("/0")) {
            loaded.warnings.push_back(
                {"AUTH_TRUSTED_PROXIES",
                 "has " + entry + ": whoever reaches Signet can claim any address"});
        }
    }
}

bool is_own_machine(std::string_view host) {
    const auto address = IpAddress::from(host);
    return host == "localhost" || (address && address->is_loopback());
}

std::string_view host_of(std::string_view origin) {
    const std::string_view host = origin.substr(origin.find("://") + 3);
    return host.starts_with('[') ? host.substr(1, host.find(']') - 1)
                                 : host.substr(0, host.find(':'));
}

void check_breach_list(LoadedConfig& loaded) {
    const std::string& url = loaded.config.breach_url;
    if (url.starts_with("http://") && !is_own_machine(host_of(origin_of(url).value_or("")))) {
        loaded.warnings.push_back(
            {"AUTH_PASSWORD_HIBP_URL",
             "is not https: whoever is between can read the digits and change the answers"});
    }
}

void check_signups(LoadedConfig& loaded) {
    const SignupPolicy& signups = loaded.config.signups;
    for (const auto& [name, list] :
         {std::pair("AUTH_SIGNUP_DOMAINS", &signups.domains),
          std::pair("AUTH_SIGNUP_DOMAINS_BLOCKED", &signups.blocked_domains)}) {
        for (const std::string& entry : *list) {
            if (!is_domain_pattern(entry)) {
                loaded.errors.push_back(
                    {name, "has \"" + to_printable(entry, kEntryBytesMax) +
                               "\", which is no domain of e-mail addresses; expected domains such "
                               "as example.org, or *.example.org for those below it, in ASCII, "
                               "with commas between"});
            }
        }
    }
    const MailConfig& mail = loaded.config.mail;
    if (signups.mode == SignupMode::invite && !mail.on()) {
        loaded.warnings.push_back({"AUTH_SIGNUP",
                                   "is invite, but without AUTH_MAIL_URL nobody can be invited: "
                                   "users come by `signet user create` only"});
    }
    if (signups.mode == SignupMode::on && !signups.domains.empty() &&
        mail.policy.verification != EmailVerification::required) {
        loaded.warnings.push_back({"AUTH_SIGNUP_DOMAINS",
                                   "is set, but AUTH_EMAIL_VERIFICATION is not required: whoever "
                                   "types an address of these domains gets in, be it the own one "
                                   "or not"});
    }
}

void check_mail(LoadedConfig& loaded) {
    const MailConfig& mail = loaded.config.mail;
    const auto sender = mail::read_sender(mail.from);
    if (!mail.from.empty() && !sender) {
        loaded.errors.push_back({"AUTH_MAIL_FROM", sender.error().log_detail +
                                                       "; expected signet@example.org or Signet "
                                                       "<signet@example.org>"});
    }
    const RedirectPolicy& redirects = mail.policy.redirects;
    for (const std::string& entry : redirects.allowed) {
        if (!may_redirect(entry, {entry, {}})) {
            loaded.errors.push_back(
                {"AUTH_REDIRECT_URLS",
                 "has \"" + to_printable(entry, kEntryBytesMax) +
                     "\", which is no URL with a scheme and a host, or has a user, a dot segment "
                     "or a character that links do not have"});
        }
    }
    if (std::ranges::any_of(mail.policy.limits, [](const RateLimit& limit) {
            return limit.seconds > kMailLimitMaxS;
        })) {
        loaded.errors.push_back({"AUTH_LIMIT_MAIL", "counts within 31 days at most"});
    }
    if (mail.url.empty() && mail.policy.verification == EmailVerification::required) {
        loaded.errors.push_back(
            {"AUTH_EMAIL_VERIFICATION",
             "required needs AUTH_MAIL_URL, since nobody could sign in without a mail"});
    }
    if (mail.url.empty()) {
        return;
    }
    if (mail.from.empty()) {
        loaded.errors.push_back(
            {"AUTH_MAIL_FROM", "is required with AUTH_MAIL_URL: an address, or Name <address>"});
    }
    auto target = mail::read_mail_url(mail.url.reveal());
    if (!target) {
        loaded.errors.push_back({"AUTH_MAIL_URL", target.error().log_detail});
        return;
    }
    if (auto* const server = std::get_if<mail::SmtpServer>(&*target)) {
        if (server->tls == mail::SmtpTls::off && !is_own_machine(server->host)) {
            loaded.warnings.push_back(
                {"AUTH_MAIL_URL",
                 "has tls=off: whoever is between can read the mails, and sign in with their "
                 "links"});
        }
        wipe(server->password);
    }
}

void check_events(LoadedConfig& loaded) {
    constexpr std::size_t kUrlBytesMax = 2048;
    const EventConfig& events = loaded.config.events;
    const std::string& url = events.url.reveal();
    if (url.empty()) {
        return;
    }
    const std::string origin = origin_of(url).value_or("");
    if ((!origin.starts_with("https://") && !origin.starts_with("http://")) ||
        url.size() > kUrlBytesMax || !is_string_or_uri(url) || url.find('#') != std::string::npos) {
        loaded.errors.push_back({"AUTH_EVENTS_URL",
                                 "expected a URL such as https://app.example.org/signet-events, "
                                 "without user, password and fragment"});
    } else if (origin.starts_with("http://") && !is_own_machine(host_of(origin))) {
        loaded.warnings.push_back({"AUTH_EVENTS_URL",
                                   "is not https: whoever is between can read the events, and keep "
                                   "them from arriving"});
    }
    if (events.keys.empty() && !loaded.has_error("AUTH_EVENTS_SECRET")) {
        loaded.errors.push_back({"AUTH_EVENTS_SECRET",
                                 "is required with AUTH_EVENTS_URL: make one with `echo "
                                 "whsec_$(openssl rand -base64 32)`, and tell it to the receiver"});
    }
}

// Types of the remote schema and of the Actions have words in common, such as User and Session, and
// Hasura takes no two types of one name. None of them is one of Hasura's own, whose names are in
// lower case.
void check_graphql(LoadedConfig& loaded) {
    if (loaded.config.graphql.types == "Signet") {
        loaded.errors.push_back({"AUTH_GRAPHQL_TYPE_PREFIX",
                                 "must not be Signet, with which the types of the Actions begin: "
                                 "Hasura would have two types named SignetUser; leave it out for "
                                 "Auth, or choose another word"});
    }
}

void check_argon2(LoadedConfig& loaded) {
    if (loaded.has_error("AUTH_ARGON2_MEMORY_KIB") || loaded.has_error("AUTH_ARGON2_LANES") ||
        loaded.has_error("AUTH_ARGON2_ITERATIONS")) {
        return;
    }
    const Argon2Options& options = loaded.config.argon2;
    if (auto fault = argon2_options_fault(options)) {
        loaded.errors.push_back({"AUTH_ARGON2_MEMORY_KIB", "does not fit: " + *fault});
    } else if (weaker_than_owasp(options)) {
        loaded.warnings.push_back({"AUTH_ARGON2_MEMORY_KIB",
                                   "makes, with AUTH_ARGON2_ITERATIONS, hashes that are cheaper to "
                                   "guess than OWASP recommends"});
    }
}

}  // namespace

void check_relations(LoadedConfig& loaded) {
    check_database(loaded);
    check_roles(loaded);
    check_fixed_key(loaded);
    check_rotation(loaded);
    check_issuer(loaded);
    check_sessions(loaded);
    check_browsers(loaded);
    check_cors(loaded);
    check_proxies(loaded);
    check_breach_list(loaded);
    check_signups(loaded);
    check_mail(loaded);
    check_events(loaded);
    check_graphql(loaded);
    check_argon2(loaded);
}

}  // namespace signet::config
