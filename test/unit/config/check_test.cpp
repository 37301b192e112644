#include "config/load.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using signet::SignupMode;
using signet::config::Finding;
using signet::config::load_config;
using signet::config::LoadedConfig;
using signet::config::Variables;

namespace {

const std::string kPem = "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n";
const std::string kZeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const std::string kOnes = "//////////////////////////////////////////8=";

LoadedConfig load(Variables environment) {
    return load_config({std::move(environment), {}}, false);
}

bool refuses(const Variables& environment, std::string_view name) {
    return load(environment).has_error(name);
}

bool warns(const Variables& environment, std::string_view name) {
    const LoadedConfig loaded = load(environment);
    return loaded.usable() && std::ranges::any_of(loaded.warnings, [name](const Finding& f) {
               return f.name == name;
           });
}

// The text of the warning about `name`, or nothing.
std::string warning(const LoadedConfig& loaded, std::string_view name) {
    const auto found = std::ranges::find(loaded.warnings, name, &Finding::name);
    return found == loaded.warnings.end() ? "" : found->text;
}

bool holds(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("the role admin is refused as anonymous role, and as default role unless it is allowed") {
    for (const char* admin : {"admin", " admin", "admin\u00a0"}) {
        CAPTURE(admin);
        CHECK(refuses({{"AUTH_DEFAULT_ROLE", admin}}, "AUTH_DEFAULT_ROLE"));
        CHECK(refuses({{"AUTH_ANONYMOUS_ROLE", admin}, {"AUTH_ALLOW_ADMIN_ROLE", "true"}},
                      "AUTH_ANONYMOUS_ROLE"));
    }
    CHECK(warns({{"AUTH_DEFAULT_ROLE", "admin"}, {"AUTH_ALLOW_ADMIN_ROLE", "true"}},
                "AUTH_DEFAULT_ROLE"));
}

TEST_CASE("a public key or a key id without the private key is refused") {
    CHECK(refuses({{"AUTH_PUBLIC_KEY", kPem}}, "AUTH_PUBLIC_KEY"));
    CHECK(refuses({{"AUTH_KEY_ID", "k1"}}, "AUTH_KEY_ID"));
    const LoadedConfig loaded =
        load({{"AUTH_PRIVATE_KEY", kPem}, {"AUTH_PUBLIC_KEY", kPem}, {"AUTH_KEY_ID", "k1"}});
    CHECK(loaded.usable());
    CHECK(loaded.config.keys.key_id == "k1");
}

TEST_CASE("a private key that is a path is refused") {
    CHECK(refuses({{"AUTH_PRIVATE_KEY", "/etc/key.pem"}}, "AUTH_PRIVATE_KEY"));
}

TEST_CASE("a wrong private key does not make its key id wrong too") {
    CHECK(load({{"AUTH_PRIVATE_KEY", "x"}, {"AUTH_KEY_ID", "k1"}}).errors.size() == 1);
}

TEST_CASE("the default issuer is made of the host as it was written and the port") {
    CHECK(load({{"HOST", "localhost"}, {"PORT", "80"}}).config.tokens.issuer ==
          "http://localhost:80");
    CHECK(load({{"HOST", "localhost"}}).config.server.host == "127.0.0.1");
    CHECK(load({{"HOST", "::1"}}).config.tokens.issuer == "http://[::1]:4000");
}

TEST_CASE("an issuer that Hasura cannot take is refused") {
    CHECK(refuses({{"AUTH_ISSUER", "127.0.0.1:4000"}}, "AUTH_ISSUER"));
    CHECK(refuses({{"AUTH_AUDIENCE", "a b:c"}}, "AUTH_AUDIENCE"));
    CHECK(load({{"AUTH_ISSUER", "signet"}}).usable());
    CHECK(load({{"AUTH_ISSUER", "https://auth.example.com"}}).usable());
}

TEST_CASE("an issuer with a slash at its end, and the default one of a wildcard address, warn") {
    CHECK(warns({{"AUTH_ISSUER", "https://auth.example.com/"}}, "AUTH_ISSUER"));
    CHECK(warns({{"HOST", "0.0.0.0"}}, "AUTH_ISSUER"));
    CHECK(warns({{"HOST", "::"}}, "AUTH_ISSUER"));
    CHECK_FALSE(warns({{"HOST", "0.0.0.0"}, {"AUTH_ISSUER", "https://a.example"}}, "AUTH_ISSUER"));
    CHECK(warns({{"PORT", "0"}}, "AUTH_ISSUER"));
}

TEST_CASE("Argon2 needs 8 KiB a lane, and cheap parameters warn") {
    CHECK(refuses({{"AUTH_ARGON2_MEMORY_KIB", "8"}, {"AUTH_ARGON2_LANES", "2"}},
                  "AUTH_ARGON2_MEMORY_KIB"));
    CHECK(warns({{"AUTH_ARGON2_MEMORY_KIB", "64"}}, "AUTH_ARGON2_MEMORY_KIB"));
    CHECK_FALSE(warns({{"AUTH_ARGON2_MEMORY_KIB", "7168"}, {"AUTH_ARGON2_ITERATIONS", "5"}},
                      "AUTH_ARGON2_MEMORY_KIB"));
}

TEST_CASE("a list of breached passwords is a URL to which digits can be added") {
    for (const char* good : {"https://api.pwnedpasswords.com/range", "https://list.example",
                             "https://list.example/", "http://127.0.0.1:8080/range",
                             "http://127.1.2.3", "http://[::1]:8080", "http://localhost/range"}) {
        CAPTURE(good);
        const LoadedConfig loaded = load({{"AUTH_PASSWORD_HIBP_URL", good}});
        CHECK(loaded.usable());
        CHECK(loaded.warnings.empty());
        CHECK(loaded.config.breach_url == good);
    }
    for (const char* bad : {"api.pwnedpasswords.com/range", "ftp://list.example", "file:///etc",
                            "https://", "https://a b", "https://user@list.example",
                            "https://list.example/range?a=", "https://list.example/#a",
                            "https://list.example/a\nb", "on", "HTTPS"}) {
        CAPTURE(bad);
        CHECK(refuses({{"AUTH_PASSWORD_HIBP_URL", bad}}, "AUTH_PASSWORD_HIBP_URL"));
    }
}

TEST_CASE("a list of breached passwords that is asked without TLS on the network warns") {
    for (const char* open : {"http://list.example/range", "http://192.0.2.1",
                             "http://[2001:db8::1]", "http://localhost.example"}) {
        CAPTURE(open);
        CHECK(warns({{"AUTH_PASSWORD_HIBP_URL", open}}, "AUTH_PASSWORD_HIBP_URL"));
    }
}

TEST_CASE("a reserved variable that asks for what happens anyway is taken in silence") {
    for (const auto& setting : signet::config::settings()) {
        CAPTURE(setting.name);
        if (setting.support != signet::config::Support::in_effect) {
            const LoadedConfig loaded =
                load({{std::string(setting.name), std::string(setting.fallback)}});
            CHECK(loaded.usable());
            CHECK(loaded.warnings.empty());
        }
    }
}

TEST_CASE("a reserved variable whose silent absence would be dangerous is refused") {
    const LoadedConfig loaded = load({{"AUTH_ADMIN_SECRET", "x"}});
    REQUIRE(loaded.errors.size() == 1);
    CHECK(loaded.errors[0].name == "AUTH_ADMIN_SECRET");
    CHECK(loaded.errors[0].text.find("not supported by this version") != std::string::npos);
}

TEST_CASE("an action secret that can be guessed, or that no header can hold, is refused") {
    const std::string good = "0123456789abcdef";
    CHECK(load({{"AUTH_ACTION_SECRET", good + "\n"}}).config.action_secret.reveal() == good);
    CHECK(load({}).config.action_secret.empty());
    for (const std::string& bad : {good.substr(1), std::string(1025, 'x'), good + " " + good,
                                   good + "\u00e9", good + "\n" + good}) {
        CAPTURE(bad);
        const LoadedConfig loaded = load({{"AUTH_ACTION_SECRET", bad}});
        REQUIRE(loaded.errors.size() == 1);
        CHECK(loaded.errors[0].name == "AUTH_ACTION_SECRET");
        CHECK_FALSE(holds(loaded.errors[0].text, bad));
    }
}

TEST_CASE("limits on tries are in effect, and what is no limit is refused") {
    const LoadedConfig loaded = load({{"AUTH_LIMIT_SIGNUP", "off"},
                                      {"AUTH_LIMIT_LOGIN", "10/1m,100/1d"},
                                      {"AUTH_LOGIN_FAILURES_MAX", "10"}});
    CHECK(loaded.warnings.empty());
    CHECK(loaded.config.limits.signups.empty());
    CHECK(loaded.config.limits.logins.size() == 2);
    CHECK(loaded.config.limits.failures_max == 10);
    for (const char* name : {"AUTH_LIMIT_SIGNUP", "AUTH_LIMIT_LOGIN", "AUTH_LOGIN_FAILURES_MAX"}) {
        CHECK(refuses({{name, "nonsense"}}, name));
    }
    CHECK(refuses({{"AUTH_LOGIN_FAILURES_MAX", "4"}}, "AUTH_LOGIN_FAILURES_MAX"));
}

TEST_CASE("what the webhook may remember is in effect") {
    const LoadedConfig loaded = load({{"AUTH_CLAIMS_FUNCTION", "auth.\"Claims\""},
                                      {"AUTH_CLAIMS_TIMEOUT", "1s"},
                                      {"AUTH_CLAIMS_MAX_AGE", "5s"},
                                      {"AUTH_WEBHOOK_STALE_MAX", "7s"},
                                      {"AUTH_WEBHOOK_CACHE_MIB", "64"}});
    REQUIRE(loaded.usable());
    CHECK(loaded.warnings.empty());
    CHECK(loaded.config.store.claims_function == "auth.\"Claims\"");
    CHECK(loaded.config.store.claims_timeout_s == 1);
    CHECK(loaded.config.webhook.claims_max_age_s == 5);
    CHECK(loaded.config.webhook.stale_max_s == 7);
    CHECK(loaded.config.webhook.cache_mib == 64);
}

TEST_CASE("a claims function that is no name of one is refused") {
    for (const char* name : {"f(x)", "a.b.c", "1f", "f;drop", "\"f", "a.", ".f", "f g"}) {
        CAPTURE(name);
        CHECK(refuses({{"AUTH_CLAIMS_FUNCTION", name}}, "AUTH_CLAIMS_FUNCTION"));
    }
}

TEST_CASE("AUTH_JWKS_MAX_AGE is in effect") {
    const LoadedConfig loaded = load({{"AUTH_JWKS_MAX_AGE", "2m"}});
    CHECK(loaded.config.keys.jwks_max_age_s == 120);
    CHECK(loaded.warnings.empty());
}

TEST_CASE("how long sessions last is what is set, and fourteen and ninety days otherwise") {
    const signet::SessionPolicy defaults = load({}).config.sessions;
    CHECK(defaults.idle_s == 14 * 86400);
    CHECK(defaults.absolute_s == 90 * 86400);
    CHECK(defaults.grace_s == 30);
    const LoadedConfig loaded = load({{"AUTH_REFRESH_TOKEN_TTL", "7d"},
                                      {"AUTH_SESSION_TTL", "30d"},
                                      {"AUTH_REFRESH_GRACE", "10"}});
    CHECK(loaded.warnings.empty());
    CHECK(loaded.config.sessions.idle_s == 7 * 86400);
    CHECK(loaded.config.sessions.absolute_s == 30 * 86400);
    CHECK(loaded.config.sessions.grace_s == 10);
    CHECK(refuses({{"AUTH_REFRESH_GRACE", "0"}}, "AUTH_REFRESH_GRACE"));
}

TEST_CASE("a session that ends before its access token is worth a warning") {
    CHECK(warns({{"AUTH_REFRESH_TOKEN_TTL", "10m"}}, "AUTH_REFRESH_TOKEN_TTL"));
    CHECK(warns({{"AUTH_SESSION_TTL", "10m"}}, "AUTH_SESSION_TTL"));
    CHECK(load({{"AUTH_REFRESH_TOKEN_TTL", "15m"}}).warnings.empty());
}

TEST_CASE("a prefix of the remote schema makes names that GraphQL takes and no Action has") {
    for (const char* name : {"AUTH_GRAPHQL_TYPE_PREFIX", "AUTH_GRAPHQL_ROOT_PREFIX"}) {
        for (const char* bad : {"__", "__a", "1a", "a-b", "a b", "\xC3\xA4"}) {
            CAPTURE(bad);
            CHECK(refuses({{name, bad}}, name));
        }
        CHECK(load({{name, "_a1_"}}).usable());
    }
    const LoadedConfig loaded = load({{"AUTH_GRAPHQL_TYPE_PREFIX", "Signet"}});
    REQUIRE(loaded.errors.size() == 1);
    CHECK(loaded.errors.front().name == "AUTH_GRAPHQL_TYPE_PREFIX");
    CHECK(holds(loaded.errors.front().text, "choose another"));
    for (const char* good : {"signet", "SIGNET", "SignetAuth", "Sig"}) {  // names have a case
        CHECK(load({{"AUTH_GRAPHQL_TYPE_PREFIX", good}}).usable());
    }
    CHECK(load({{"AUTH_GRAPHQL_ROOT_PREFIX", "Signet"}}).usable());
}

TEST_CASE("cookies are off, and over plain HTTP they are worth a warning") {
    CHECK_FALSE(load({}).config.browsers.cookies);
    CHECK(load({}).config.browsers.same_site == "Lax");
    CHECK(warns({{"AUTH_COOKIES", "on"}}, "AUTH_COOKIES"));
    const LoadedConfig loaded = load({{"AUTH_COOKIES", "on"},
                                      {"AUTH_COOKIE_SAMESITE", "strict"},
                                      {"AUTH_ISSUER", "https://auth.example"}});
    CHECK(loaded.warnings.empty());
    CHECK(loaded.config.browsers.cookies);
    CHECK(loaded.config.browsers.same_site == "Strict");
    CHECK(refuses({{"AUTH_COOKIE_SAMESITE", "relaxed"}}, "AUTH_COOKIE_SAMESITE"));
}

TEST_CASE("cookies work on http://localhost, and nowhere else without TLS") {
    const auto warned = [](const char* issuer) {
        return warns({{"AUTH_COOKIES", "on"}, {"AUTH_ISSUER", issuer}}, "AUTH_COOKIES");
    };
    CHECK_FALSE(warned("http://localhost:4000"));
    CHECK_FALSE(warned("http://localhost"));
    CHECK(warned("http://127.0.0.1:4000"));
    CHECK(warned("http://localhost.example.org"));
    CHECK(warned("http://auth.example.org"));
}

TEST_CASE("an origin of an app is one of any scheme") {
    const std::string list =
        "capacitor://localhost,ionic://localhost,tauri://localhost,app://-,http://[::1]:3000,"
        "chrome-extension://abcdefghijklmnopabcdefghijklmnop";
    CHECK(load({{"AUTH_CORS_ORIGINS", list}}).config.browsers.cors_origins.size() == 6);
}

TEST_CASE("a request header that pages may send has a name, and is no wildcard") {
    CHECK(
        load({{"AUTH_CORS_HEADERS", "traceparent, X-App-Version"}}).config.browsers.cors_headers ==
        std::vector<std::string>{"traceparent", "X-App-Version"});
    std::string many = "x";
    for (int i = 0; i < 32; ++i) {
        many += ",x" + std::to_string(i);
    }
    for (const std::string& bad :
         {std::string("*"), std::string("a b"), std::string("a,,b"), std::string("a:"),
          std::string(65, 'a'), std::string("X-\xc3\xbc"), many}) {
        CAPTURE(bad);
        CHECK(refuses({{"AUTH_CORS_HEADERS", bad}}, "AUTH_CORS_HEADERS"));
    }
}

TEST_CASE("origins are listed exactly as browsers send them") {
    const LoadedConfig loaded =
        load({{"AUTH_CORS_ORIGINS", "https://app.example.org, http://localhost:5173"}});
    CHECK(loaded.config.browsers.cors_origins ==
          std::vector<std::string>{"https://app.example.org", "http://localhost:5173"});
    for (const char* bad :
         {"*", "null", "app.example.org", "https://app.example.org/", "https://App.example.org",
          "https://app.example.org:443", "http://app.example.org:80", "https://*.example.org",
          "https://a@b.example", "file://", "://a.example", "https://a.example,,https://b.example",
          "https://a.example?x", "https://", "https://a.example https://b.example"}) {
        CAPTURE(bad);
        CHECK(refuses({{"AUTH_CORS_ORIGINS", bad}}, "AUTH_CORS_ORIGINS"));
    }
}

TEST_CASE(
    "trusted proxies are networks or addresses, and another entry is named with what to write") {
    const LoadedConfig loaded = load(
        {{"AUTH_TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1 ,2001:DB8::/32,::1,::ffff:192.0.2.1"}});
    CHECK(loaded.usable());
    CHECK(loaded.warnings.empty());
    CHECK(loaded.config.server.trusted_proxies ==
          std::vector<std::string>{"10.0.0.0/8", "127.0.0.1", "2001:DB8::/32", "::1",
                                   "::ffff:192.0.2.1"});
    for (const auto& [bad, cure] : Variables{{"10.1.2.3/8", "write \"10.0.0.0/8\""},
                                             {"2001:db8::1/32", "write \"2001:db8::/32\""},
                                             {"[::1]", "write \"::1/128\""},
                                             {"[2001:db8::]/32", "write \"2001:db8::/32\""},
                                             {"[2001:db8::1]:80", "write \"2001:db8::1/128\""},
                                             {"10.0.0.1:4000", "write \"10.0.0.1/32\""},
                                             {"localhost", "write \"127.0.0.1/32\""},
                                             {"proxy.internal", "expected networks"},
                                             {"10.0.0.0/33", "expected networks"},
                                             {"10.0.0.0/255.0.0.0", "expected networks"},
                                             {"10.*", "expected networks"},
                                             {"*", "expected networks"},
                                             {"[", "expected networks"},
                                             {"10.0.0.0/8,,::1", "expected networks"},
                                             {"10.0.0.0/8 ::1", "expected networks"}}) {
        CAPTURE(bad);
        const LoadedConfig refused = load({{"AUTH_TRUSTED_PROXIES", bad}});
        REQUIRE(refused.errors.size() == 1);
        CHECK(refused.errors[0].name == "AUTH_TRUSTED_PROXIES");
        CHECK(holds(refused.errors[0].text, cure));
    }
    std::string many = "::1";
    for (int i = 0; i < 256; ++i) {
        many += ",::1";
    }
    CHECK(refuses({{"AUTH_TRUSTED_PROXIES", many}}, "AUTH_TRUSTED_PROXIES"));
}

TEST_CASE("to trust everybody warns") {
    CHECK(warns({{"AUTH_TRUSTED_PROXIES", "0.0.0.0/0"}}, "AUTH_TRUSTED_PROXIES"));
    CHECK(warns({{"AUTH_TRUSTED_PROXIES", "::/0"}}, "AUTH_TRUSTED_PROXIES"));
}

TEST_CASE("a schema that PostgreSQL or Signet keeps for itself is refused") {
    for (const char* name : {"pg_catalog", "information_schema", "signet", "a\nb"}) {
        CAPTURE(name);
        CHECK(refuses({{"AUTH_DATABASE_SCHEMA", name}}, "AUTH_DATABASE_SCHEMA"));
    }
    CHECK(load({{"AUTH_DATABASE_SCHEMA", "auth"}}).config.store.schema == "auth");
}

TEST_CASE("a database is a libpq URL or libpq's keyword/value text") {
    CHECK(load({{"DATABASE_URL", "postgresql://a,b/db?target_session_attrs=read-write"}}).usable());
    CHECK(load({{"DATABASE_URL", "host=/run/postgresql dbname=auth"}}).usable());
    CHECK(refuses({{"DATABASE_URL", "mysql://a/b?c=d"}}, "DATABASE_URL"));
}

TEST_CASE("without key settings keys live in a directory, rotate, and the algorithm is open") {
    const LoadedConfig loaded = load({});
    const auto& keys = loaded.config.keys;
    CHECK_FALSE(keys.in_database());
    CHECK_FALSE(keys.fixed());
    CHECK(keys.rotation.publish_ahead_s == 3600);
    CHECK(keys.rotation.period_s == 30 * 86400);
    CHECK(keys.check_s == 5);
    CHECK(keys.jwks_consumer_tick_s == 60);
    CHECK_FALSE(keys.making.alg.has_value());
}

TEST_CASE("key-encryption keys are a list of 32 bytes each in base64") {
    const LoadedConfig loaded = load({{"AUTH_KEY_ENCRYPTION_KEY", kOnes + ", " + kZeros}});
    REQUIRE(loaded.usable());
    const auto& keys = loaded.config.keys.encryption_keys;
    REQUIRE(keys.size() == 2);
    CHECK(keys[0].reveal() == std::string(32, '\xff'));
    CHECK(keys[1].reveal() == std::string(32, '\0'));
    CHECK(loaded.config.keys.in_database());
}

TEST_CASE("a key-encryption key of another length or spelling is refused, and not shown") {
    for (const std::string& value :
         {std::string("AAAA"), kZeros + "AAAA", kZeros + ",", "," + kZeros, kZeros + ",AAAA",
          std::string("correct horse battery staple, as one says"), kZeros.substr(1)}) {
        const LoadedConfig loaded = load({{"AUTH_KEY_ENCRYPTION_KEY", value}});
        REQUIRE(loaded.errors.size() == 1);
        CHECK(loaded.has_error("AUTH_KEY_ENCRYPTION_KEY"));
        CHECK(holds(loaded.errors[0].text, "32 bytes"));
        CHECK_FALSE(holds(loaded.errors[0].text, value));
    }
}

TEST_CASE("beside a fixed private key a key-encryption key moves no signing key to PostgreSQL") {
    const LoadedConfig loaded =
        load({{"AUTH_KEY_ENCRYPTION_KEY", kZeros}, {"AUTH_PRIVATE_KEY", kPem}});
    REQUIRE(loaded.usable());
    CHECK(loaded.config.keys.fixed());
    CHECK_FALSE(loaded.config.keys.in_database());
    CHECK(loaded.config.keys.encryption_keys.size() == 1);
}

TEST_CASE("rotation takes a period or off") {
    CHECK(load({{"AUTH_KEY_ROTATION", "7d"}}).config.keys.rotation.period_s == 7 * 86400);
    const LoadedConfig off = load({{"AUTH_KEY_ROTATION", "off"}});
    CHECK(off.usable());
    CHECK(off.warnings.empty());
    CHECK_FALSE(off.config.keys.rotation.period_s.has_value());
    CHECK(load({{"AUTH_KEY_ROTATION", "never"}}).has_error("AUTH_KEY_ROTATION"));
    CHECK(load({{"AUTH_KEY_ROTATION", "0"}}).has_error("AUTH_KEY_ROTATION"));
}

TEST_CASE("the signing algorithm is one of three, and it is known whether somebody asked for it") {
    for (const char* alg : {"RS256", "ES256", "EdDSA"}) {
        const LoadedConfig loaded = load({{"AUTH_SIGNING_ALG", alg}});
        CHECK(loaded.usable());
        CHECK(loaded.config.keys.making.alg == alg);
    }
    for (const char* alg : {"HS256", "none", "es256", "RS512"}) {
        CHECK(load({{"AUTH_SIGNING_ALG", alg}}).has_error("AUTH_SIGNING_ALG"));
    }
}

TEST_CASE("a key that is published too short a time for Hasura is taken with a warning") {
    const LoadedConfig loaded = load({{"AUTH_KEY_PUBLISH_AHEAD", "11m"}});
    CHECK(loaded.usable());
    const std::string text = warning(loaded, "AUTH_KEY_PUBLISH_AHEAD");
    CHECK(holds(text, "660 s"));
    CHECK(holds(text, "720 s"));
    CHECK(holds(text, "300 s"));
    CHECK(holds(text, "60 s"));
    CHECK(load({{"AUTH_KEY_PUBLISH_AHEAD", "12m"}}).warnings.empty());
    CHECK(load({{"AUTH_KEY_PUBLISH_AHEAD", "4"},
                {"AUTH_JWKS_MAX_AGE", "1"},
                {"AUTH_JWKS_CONSUMER_TICK", "1"}})
              .warnings.empty());
}

TEST_CASE("a rotation that is quicker than a key may take over is taken with a warning") {
    const LoadedConfig loaded = load({{"AUTH_KEY_ROTATION", "30m"}});
    CHECK(loaded.usable());
    const std::string text = warning(loaded, "AUTH_KEY_ROTATION");
    CHECK(holds(text, "1800 s"));
    CHECK(holds(text, "3600 s"));
    CHECK(load({{"AUTH_KEY_ROTATION", "1h"}}).warnings.empty());
}

TEST_CASE("the times of rotation do not matter to a fixed key") {
    CHECK(load({{"AUTH_PRIVATE_KEY", kPem}, {"AUTH_KEY_PUBLISH_AHEAD", "1"}}).warnings.empty());
}

TEST_CASE("mail needs a sender, and a URL that can be read") {
    const Variables good{{"AUTH_MAIL_URL", "smtp://ann:hunter2@mail.example.org:587"},
                         {"AUTH_MAIL_FROM", "Signet <signet@example.org>"}};
    const LoadedConfig loaded = load(good);
    CHECK(loaded.usable());
    CHECK(loaded.warnings.empty());
    CHECK(loaded.config.mail.from == "Signet <signet@example.org>");
    CHECK(refuses({{"AUTH_MAIL_URL", "file:var/mail"}}, "AUTH_MAIL_FROM"));
    CHECK(refuses({{"AUTH_LIMIT_MAIL", "1/1m,9/32d"}}, "AUTH_LIMIT_MAIL"));
    for (const char* from : {"Signet", "a@example.org, b@example.org", "Signet <a@example.org"}) {
        CHECK(refuses({{"AUTH_MAIL_URL", "file:var/mail"}, {"AUTH_MAIL_FROM", from}},
                      "AUTH_MAIL_FROM"));
    }
    const LoadedConfig bad =
        load({{"AUTH_MAIL_URL", "smtp://ann:hunter2"}, {"AUTH_MAIL_FROM", "a@example.org"}});
    CHECK(bad.has_error("AUTH_MAIL_URL"));
    CHECK_FALSE(holds(signet::config::error_text(bad), "hunter2"));
}

TEST_CASE("mail that is not encrypted on its way to another machine is a warning") {
    const auto warns_of = [](const char* url) {
        return warns({{"AUTH_MAIL_URL", url}, {"AUTH_MAIL_FROM", "a@example.org"}},
                     "AUTH_MAIL_URL");
    };
    CHECK(warns_of("smtp://mail.example.org:25?tls=off"));
    for (const char* url :
         {"smtp://mail.example.org", "smtps://mail.example.org", "smtp://localhost:25?tls=off",
          "smtp://127.0.0.2:25?tls=off", "smtp://[::1]:25?tls=off"}) {
        CHECK_FALSE(warns_of(url));
    }
}

TEST_CASE("events need a secret, and a URL that can be posted to") {
    const std::string secret = "whsec_" + kZeros;
    const LoadedConfig loaded =
        load({{"AUTH_EVENTS_URL", "https://app.example.org/events?key=hunter2"},
              {"AUTH_EVENTS_SECRET", secret + ", \nwhsec_" + kOnes}});
    CHECK(loaded.usable());
    CHECK(loaded.warnings.empty());
    REQUIRE(loaded.config.events.keys.size() == 2);
    CHECK(loaded.config.events.keys[0].reveal() == std::string(32, '\0'));
    CHECK(loaded.config.events.keys[1].reveal() == std::string(32, '\xFF'));
    CHECK_FALSE(holds(signet::config::summary_text(loaded), "hunter2"));
    CHECK(refuses({{"AUTH_EVENTS_URL", "https://app.example.org"}}, "AUTH_EVENTS_SECRET"));
    for (const char* url : {"ftp://app.example.org", "app.example.org", "https://", "https:///x",
                            "https://ann:hunter2@app.example.org", "https://app.example.org/#x",
                            "https://app.example.org/a b"}) {
        CAPTURE(url);
        const LoadedConfig bad = load({{"AUTH_EVENTS_URL", url}, {"AUTH_EVENTS_SECRET", secret}});
        CHECK(bad.has_error("AUTH_EVENTS_URL"));
        CHECK_FALSE(holds(signet::config::error_text(bad), "hunter2"));
    }
}

TEST_CASE("a secret of events is whsec_ and 24 to 64 bytes in base64, and there are four at most") {
    const auto refuses_secret = [](const std::string& secret) {
        return refuses({{"AUTH_EVENTS_SECRET", secret}}, "AUTH_EVENTS_SECRET");
    };
    const std::string one = "whsec_" + kZeros;
    CHECK_FALSE(refuses_secret(one));
    CHECK_FALSE(refuses_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    CHECK_FALSE(refuses_secret("whsec_" + std::string(84, 'A') + "AA=="));  // 64 bytes
    CHECK_FALSE(refuses_secret(one + ',' + one + ' ' + one + ',' + one));
    CHECK(refuses_secret(one + ',' + one + ',' + one + ',' + one + ',' + one));
    for (const std::string& wrong :
         {kZeros, std::string("whsec_"), std::string("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa"),
          "whsec_-_" + std::string(30, 'A'), "whsec_" + std::string(88, 'A'),
          std::string("whsec_?"), std::string(","), one + ",hunter2"}) {
        CAPTURE(wrong);
        CHECK(refuses_secret(wrong));
    }
}

TEST_CASE("events that are not encrypted on their way to another machine are a warning") {
    const auto warns_of = [](const char* url) {
        return warns({{"AUTH_EVENTS_URL", url}, {"AUTH_EVENTS_SECRET", "whsec_" + kZeros}},
                     "AUTH_EVENTS_URL");
    };
    CHECK(warns_of("http://app.example.org/events"));
    for (const char* url : {"https://app.example.org/events", "http://localhost:4001/events",
                            "http://127.0.0.1:4001", "http://[::1]:4001/events"}) {
        CAPTURE(url);
        CHECK_FALSE(warns_of(url));
    }
}

TEST_CASE("weak passwords are refused, unless they are allowed") {
    CHECK(load({}).config.weak_passwords == signet::WeakPasswords::refuse);
    CHECK(load({{"AUTH_PASSWORD_WEAK", "allow"}}).config.weak_passwords ==
          signet::WeakPasswords::allow);
    CHECK(refuses({{"AUTH_PASSWORD_WEAK", "on"}}, "AUTH_PASSWORD_WEAK"));
}

TEST_CASE("signups are on, off or by invitation, and an invitation needs mail") {
    const Variables mail{{"AUTH_MAIL_URL", "file:mail"}, {"AUTH_MAIL_FROM", "a@example.org"}};
    CHECK(load({}).config.signups.mode == SignupMode::on);
    CHECK(load({{"AUTH_SIGNUP", "off"}}).config.signups.mode == SignupMode::off);
    CHECK(load({{"AUTH_SIGNUP", "Invite"}}).config.signups.mode == SignupMode::invite);
    CHECK(refuses({{"AUTH_SIGNUP", "invitation"}}, "AUTH_SIGNUP"));
    CHECK(warns({{"AUTH_SIGNUP", "invite"}}, "AUTH_SIGNUP"));
    CHECK_FALSE(warns({{"AUTH_SIGNUP", "off"}}, "AUTH_SIGNUP"));
    Variables with_mail = mail;
    with_mail["AUTH_SIGNUP"] = "invite";
    CHECK(load(with_mail).usable());
    CHECK_FALSE(warns(with_mail, "AUTH_SIGNUP"));
}

TEST_CASE("domains of signups are patterns, and without a proof of the address they warn") {
    for (const char* name : {"AUTH_SIGNUP_DOMAINS", "AUTH_SIGNUP_DOMAINS_BLOCKED"}) {
        for (const char* bad : {"@example.org", "example.org.", "*", "a.org,,b.org", "*example.org",
                                "b\u00fccher.example"}) {
            CAPTURE(bad);
            CHECK(refuses({{name, bad}}, name));
        }
    }
    const LoadedConfig loaded = load({{"AUTH_SIGNUP_DOMAINS", "Example.org, *.example.org"},
                                      {"AUTH_SIGNUP_DOMAINS_BLOCKED", "spam.example.org"}});
    CHECK(loaded.config.signups.domains ==
          std::vector<std::string>{"Example.org", "*.example.org"});
    CHECK(loaded.config.signups.blocked_domains == std::vector<std::string>{"spam.example.org"});
    CHECK(holds(warning(loaded, "AUTH_SIGNUP_DOMAINS"), "AUTH_EMAIL_VERIFICATION is not required"));
    CHECK_FALSE(warns({{"AUTH_SIGNUP_DOMAINS_BLOCKED", "example.org"}}, "AUTH_SIGNUP_DOMAINS"));
    CHECK_FALSE(warns({{"AUTH_SIGNUP_DOMAINS", "example.org"},
                       {"AUTH_EMAIL_VERIFICATION", "required"},
                       {"AUTH_MAIL_URL", "file:mail"},
                       {"AUTH_MAIL_FROM", "a@example.org"}},
                      "AUTH_SIGNUP_DOMAINS"));
}
