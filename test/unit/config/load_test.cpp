#include "config/load.hpp"

#include "support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>

using signet::config::ConfigSources;
using signet::config::Finding;
using signet::config::load_config;
using signet::config::LoadedConfig;
using signet::config::Variables;
using signet::test::TempDir;

namespace {

const std::string kPem = "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n";

LoadedConfig load(Variables environment, Variables dotenv = {}) {
    return load_config(ConfigSources{std::move(environment), std::move(dotenv)}, false);
}

const Finding* find(const std::vector<Finding>& findings, std::string_view name) {
    const auto found = std::ranges::find(findings, name, &Finding::name);
    return found == findings.end() ? nullptr : &*found;
}

bool says(const std::vector<Finding>& findings, std::string_view name, std::string_view text) {
    const Finding* const finding = find(findings, name);
    return finding != nullptr && finding->text.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("an empty environment gives the defaults of the product") {
    const LoadedConfig loaded = load({});
    REQUIRE(loaded.usable());
    CHECK(loaded.warnings.empty());
    const auto& c = loaded.config;
    CHECK(c.server.host == "127.0.0.1");
    CHECK(c.server.port == 4000);
    CHECK(c.server.io_threads >= 1);
    CHECK(c.metrics.mode == signet::config::MetricsConfig::Mode::loopback);
    CHECK(c.store.database_url.empty());
    CHECK(c.store.schema == "public");
    CHECK(c.store.migrate);
    CHECK_FALSE(c.store.adopt);
    CHECK(c.store.audit_keep_s == 90 * 86400);
    CHECK(c.keys.directory == "keys");
    CHECK_FALSE(c.keys.key_id.has_value());
    CHECK(c.keys.making.rsa_bits == 2048);
    CHECK(c.keys.jwks_max_age_s == 300);
    CHECK(c.tokens.issuer == "http://127.0.0.1:4000");
    CHECK_FALSE(c.tokens.audience.has_value());
    CHECK(c.mail.policy.redirects.client_url == "http://127.0.0.1:4000");
    CHECK(c.mail.policy.ends_here);
    CHECK(c.tokens.ttl_s == 900);
    CHECK(c.claims_namespace == "https://hasura.io/jwt/claims");
    CHECK(c.roles.default_role == "user");
    CHECK(c.roles.anonymous_role.empty());
    CHECK_FALSE(c.roles.allow_admin);
    CHECK(c.password_length_min == 8);
    CHECK(c.breach_url.empty());
    CHECK(c.argon2.memory_kib == 19456);
    CHECK(c.argon2.iterations == 2);
    CHECK(c.argon2.lanes == 1);
    CHECK(c.mail.url.empty());
    CHECK(c.mail.from.empty());
    CHECK(c.events.url.empty());
    CHECK(c.events.keys.empty());
    CHECK(c.limits.signups == std::vector<signet::RateLimit>{{60, 3600}});
    CHECK(c.limits.logins == std::vector<signet::RateLimit>{{300, 300}});
    CHECK(c.limits.failures_max == 100);
    CHECK(c.lanes.data_threads >= 1);
    CHECK(c.lanes.crypto_threads >= 1);
    CHECK(c.log.level == signet::LogLevel::info);
    CHECK(c.log.format == signet::LogFormat::json);
}

TEST_CASE("every default is a value that its row takes, and every name stands once") {
    signet::config::Config config;
    std::vector<std::string_view> names;
    for (const auto& setting : signet::config::settings()) {
        CAPTURE(setting.name);
        if (!setting.fallback.empty()) {
            CHECK(setting.assign(config, setting.fallback));
        }
        CHECK_FALSE(setting.expected.empty());
        CHECK_FALSE(setting.doc.empty());
        names.push_back(setting.name);
    }
    std::ranges::sort(names);
    CHECK(std::ranges::adjacent_find(names) == names.end());
}

TEST_CASE("on a terminal the log is text by default") {
    CHECK(load_config({}, true).config.log.format == signet::LogFormat::text);
    CHECK(load_config({{{"AUTH_LOG_FORMAT", "json"}}, {}}, true).config.log.format ==
          signet::LogFormat::json);
}

TEST_CASE("the environment wins over .env, also when it says that a value is empty") {
    const Variables dotenv{{"AUTH_AUDIENCE", "from-dotenv"}, {"PORT", "5000"}};
    const LoadedConfig loaded = load({{"AUTH_AUDIENCE", ""}, {"PORT", "6000"}}, dotenv);
    CHECK(loaded.config.server.port == 6000);
    CHECK_FALSE(loaded.config.tokens.audience.has_value());
    CHECK(load({}, dotenv).config.tokens.audience == "from-dotenv");
}

TEST_CASE("an empty AUTH_DEFAULT_ROLE means that nobody has a default role") {
    CHECK(load({{"AUTH_DEFAULT_ROLE", ""}}).config.roles.default_role.empty());
}

TEST_CASE("all errors are reported together, each with its variable and what was expected") {
    const LoadedConfig loaded = load({{"PORT", "70000"},
                                      {"HOST", "example.com"},
                                      {"AUTH_MIGRATE", "maybe"},
                                      {"AUTH_NOPE", "1"}});
    CHECK(loaded.errors.size() == 4);
    CHECK(says(loaded.errors, "PORT", "0 to 65535"));
    CHECK(says(loaded.errors, "HOST", "an IP address or localhost"));
    CHECK(says(loaded.errors, "AUTH_MIGRATE", "on or off"));
    CHECK(says(loaded.errors, "AUTH_NOPE", "not known"));
    CHECK(error_text(loaded).find("PORT expected a whole number") != std::string::npos);
}

TEST_CASE("rows of the audit are kept for a day at least") {
    CHECK(load({{"AUTH_AUDIT_KEEP", "1d"}}).config.store.audit_keep_s == 86400);
    for (const char* value : {"86399", "23h", "0", "off", "-1d"}) {
        CHECK(says(load({{"AUTH_AUDIT_KEEP", value}}).errors, "AUTH_AUDIT_KEEP", "1d to 3650d"));
    }
}

TEST_CASE("no error shows the value that was refused") {
    const LoadedConfig loaded = load({{"DATABASE_URL", "hunter2"},
                                      {"AUTH_PRIVATE_KEY", "hunter2"},
                                      {"AUTH_ISSUER", "hunter2: x"},
                                      {"AUTH_ACTION_SECRET", "hunter2"},
                                      {"AUTH_HUNTER", "hunter2"}});
    CHECK(loaded.errors.size() == 5);
    CHECK(error_text(loaded).find("hunter2") == std::string::npos);
}

TEST_CASE("an unknown AUTH_ name is an error that names the likeliest one") {
    CHECK(says(load({{"AUTH_ISUER", "x"}}).errors, "AUTH_ISUER", "did you mean AUTH_ISSUER?"));
    CHECK(says(load({{"AUTH_ACCESS_TOKEN", "9"}}).errors, "AUTH_ACCESS_TOKEN",
               "did you mean AUTH_ACCESS_TOKEN_TTL?"));
    CHECK(says(load({}, {{"AUTH_ISUER", "x"}}).errors, "AUTH_ISUER", "(in .env)"));
    CHECK_FALSE(says(load({{"AUTH_XYZZY_QUUX", "x"}}).errors, "AUTH_XYZZY_QUUX", "did you mean"));
}

TEST_CASE("names of other programs are left alone") {
    CHECK(load({{"PATH", "/bin"}, {"HASURA_GRAPHQL_ADMIN_SECRET", "x"}}, {{"POSTGRES_DB", "x"}})
              .usable());
}

TEST_CASE("names that Kubernetes injects for a Service named auth are passed over") {
    CHECK(load({{"AUTH_SERVICE_HOST", "10.0.0.7"}, {"AUTH_PORT", "tcp://10.0.0.7:4000"}}).usable());
    CHECK(says(load({{"AUTH_PORT", "4000"}}).errors, "AUTH_PORT", "did you mean PORT?"));
    CHECK(says(load({{"AUTH_DATABASE_URL_FILE", "x"}}).errors, "AUTH_DATABASE_URL_FILE",
               "did you mean DATABASE_URL?"));
}

TEST_CASE("a secret comes from the file that NAME_FILE names, without white space around it") {
    const TempDir scratch;
    const std::string url = "postgres://localhost/auth";
    for (const char* end : {"", "\n", "\r\n", "\n\n", " \t\n"}) {
        const std::string path = scratch.write("url", "\n " + url + end);
        const LoadedConfig loaded = load({{"DATABASE_URL_FILE", path + ' '}});
        REQUIRE(loaded.usable());
        CHECK(loaded.config.store.database_url.reveal() == url);
    }
}

TEST_CASE("links end at the application that is named") {
    const auto c = load({{"AUTH_CLIENT_URL", "https://app.example.org/in"}}).config;
    CHECK(c.mail.policy.redirects.client_url == "https://app.example.org/in");
    CHECK_FALSE(c.mail.policy.ends_here);
}

TEST_CASE("white space around a value is cut") {
    const LoadedConfig loaded = load({{"DATABASE_URL", "  postgres://localhost/auth\n"},
                                      {"AUTH_ISSUER", " https://auth.example.org\r\n"},
                                      {"AUTH_ANONYMOUS_ROLE", "\n"}},
                                     {{"PORT", " 5000 "}, {"AUTH_AUDIENCE", "a b "}});
    REQUIRE(loaded.usable());
    CHECK(loaded.config.store.database_url.reveal() == "postgres://localhost/auth");
    CHECK(loaded.config.tokens.issuer == "https://auth.example.org");
    CHECK(loaded.config.tokens.audience == "a b");
    CHECK(loaded.config.roles.anonymous_role.empty());
    CHECK(loaded.config.server.port == 5000);
}

TEST_CASE("quotes that a shell would have taken off are refused, and the value is not shown") {
    const TempDir scratch;
    const std::string path = scratch.write("key", "'hunter2'\n");
    const LoadedConfig loaded = load({{"PORT", "\"4000\""},
                                      {"AUTH_DEFAULT_ROLE", "'user'"},
                                      {"DATABASE_URL", " \"postgres://u:hunter2@h/d\" "},
                                      {"AUTH_PRIVATE_KEY_FILE", "'/run/x'"},
                                      {"AUTH_KEY_ENCRYPTION_KEY_FILE", path},
                                      {"AUTH_CLAIMS_FUNCTION", "'claims'"}},
                                     {{"AUTH_ISSUER", "'x'"}});
    CHECK(loaded.errors.size() == 7);
    for (const char* name :
         {"PORT", "AUTH_DEFAULT_ROLE", "DATABASE_URL", "AUTH_PRIVATE_KEY_FILE",
          "AUTH_KEY_ENCRYPTION_KEY_FILE", "AUTH_CLAIMS_FUNCTION", "AUTH_ISSUER"}) {
        CAPTURE(name);
        CHECK(says(loaded.errors, name, "take the quotes off"));
    }
    CHECK(error_text(loaded).find("hunter2") == std::string::npos);
}

TEST_CASE("quotes that belong to a value are left alone") {
    const LoadedConfig loaded =
        load({{"AUTH_CLAIMS_FUNCTION", "\"My app\".\"Claims\""}, {"AUTH_AUDIENCE", "a \"b\""}});
    REQUIRE(loaded.usable());
    CHECK(loaded.config.store.claims_function == "\"My app\".\"Claims\"");
    CHECK(loaded.config.tokens.audience == "a \"b\"");
}

TEST_CASE("a file of a secret that others can read is refused, one of a public key is not") {
    const TempDir scratch;
    using std::filesystem::perms;
    const auto open_file = [&](const std::string& name, std::string_view text) {
        const std::string path = scratch.write(name, text);
        std::filesystem::permissions(path, perms::others_read, std::filesystem::perm_options::add);
        return path;
    };
    for (const auto& setting : signet::config::settings()) {
        if (!setting.may_be_in_file()) {
            continue;
        }
        const std::string variable = std::string(setting.name) + "_FILE";
        CAPTURE(variable);
        const LoadedConfig loaded = load({{variable, open_file("x", "x")}});
        CHECK(says(loaded.errors, variable, "can be read by others; run chmod 600 on it") ==
              (setting.name != "AUTH_PUBLIC_KEY"));
    }
}

TEST_CASE("threads follow the cores, and a replica takes no more than 20 connections") {
    struct Row {
        std::size_t cores, io, data, crypto;
    };
    for (const Row& row :
         {Row{0, 1, 2, 1}, Row{1, 1, 2, 1}, Row{2, 2, 4, 2}, Row{4, 4, 8, 4}, Row{5, 5, 9, 5},
          Row{8, 8, 6, 8}, Row{64, 64, 6, 8}, Row{1000, 256, 6, 8}}) {
        CAPTURE(row.cores);
        const auto threads = signet::config::default_threads(row.cores);
        CHECK(threads.io == row.io);
        CHECK(threads.data == row.data);
        CHECK(threads.crypto == row.crypto);
    }
    CHECK(load({{"AUTH_LANE_CRYPTO_THREADS", "64"}}).config.lanes.crypto_threads == 64);
}

TEST_CASE("a secret that is set twice in one place is an error") {
    const TempDir scratch;
    const std::string path = scratch.write("url", "postgres://a/b");
    CHECK(says(load({{"DATABASE_URL", "postgres://a/b"}, {"DATABASE_URL_FILE", path}}).errors,
               "DATABASE_URL", "together with DATABASE_URL_FILE"));
}

TEST_CASE("a NAME_FILE of the environment wins over the NAME of .env") {
    const TempDir scratch;
    const std::string path = scratch.write("url", "postgres://file/b");
    const LoadedConfig loaded =
        load({{"DATABASE_URL_FILE", path}}, {{"DATABASE_URL", "postgres://dotenv/b"}});
    CHECK(loaded.config.store.database_url.reveal() == "postgres://file/b");
}

TEST_CASE("a secret's file that is missing, empty, too large, a directory or holds NUL is named") {
    const TempDir scratch;
    const auto refused = [](const std::string& path, std::string_view reason) {
        const LoadedConfig loaded = load({{"DATABASE_URL_FILE", path}});
        return says(loaded.errors, "DATABASE_URL_FILE", path) &&
               says(loaded.errors, "DATABASE_URL_FILE", reason);
    };
    CHECK(refused(scratch.path() / "missing", "No such file"));
    CHECK(refused(scratch.path(), "Is a directory"));
    CHECK(refused(scratch.write("empty", "\n"), "is empty"));
    CHECK(refused(scratch.write("nul", std::string("a\0b", 3)), "NUL"));
    CHECK(refused(scratch.write("large", std::string(64 * 1024 + 1, 'x')), "larger than 64 KiB"));
    CHECK_FALSE(refused(scratch.write("fits", std::string(64 * 1024, 'x')), "larger than 64 KiB"));
}

TEST_CASE("only a secret may come from a file") {
    CHECK(says(load({{"AUTH_ISSUER_FILE", "x"}}).errors, "AUTH_ISSUER_FILE",
               "only a secret may come from a file"));
}

TEST_CASE("a PEM with \\n written out is taken") {
    const LoadedConfig loaded = load(
        {{"AUTH_PRIVATE_KEY", "-----BEGIN PRIVATE KEY-----\\nabc\\n-----END PRIVATE KEY-----\\n"}});
    REQUIRE(loaded.usable());
    CHECK(loaded.config.keys.private_key.reveal() == kPem);
}

TEST_CASE("DATABASE_URL is required only where a command asks for it") {
    LoadedConfig loaded = load({});
    CHECK(loaded.usable());
    require_database(loaded);
    CHECK(says(loaded.errors, "DATABASE_URL", "is required"));

    LoadedConfig wrong = load({{"DATABASE_URL", "mysql://x"}});
    require_database(wrong);
    CHECK(wrong.errors.size() == 1);
}

TEST_CASE("the summary shows what differs from the default, and of a secret only that it is set") {
    const std::string text =
        summary_text(load({{"DATABASE_URL", "postgres://u:hunter2@h/d"}, {"PORT", "5000"}}));
    CHECK(text == "PORT=5000 DATABASE_URL=set");
}

TEST_CASE("AUTH_METRICS is a mode, or where a listener of its own listens") {
    using Mode = signet::config::MetricsConfig::Mode;
    const auto mode = [](const char* text) {
        return load({{"AUTH_METRICS", text}}).config.metrics;
    };
    CHECK(mode("off").mode == Mode::off);
    CHECK(mode("on").mode == Mode::on);
    CHECK(mode("Loopback").mode == Mode::loopback);
    CHECK(mode("0.0.0.0:9464").mode == Mode::own_listener);
    CHECK(mode("0.0.0.0:9464").host == "0.0.0.0");
    CHECK(mode("[::1]:9464").host == "::1");
    CHECK(mode("localhost:9464").port == 9464);
    for (const char* odd : {"maybe", "9464", ":9464", "::1:9464", "[127.0.0.1]:9464", "host:9464",
                            "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1"}) {
        CHECK_FALSE(load({{"AUTH_METRICS", odd}}).usable());
    }
}

TEST_CASE("docs/configuration.md is what the table says") {
    std::ifstream file(SIGNET_SOURCE_DIR "/docs/configuration.md", std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    const bool same = content == signet::config::configuration_markdown();
    CHECK_MESSAGE(same, "run `signet config --markdown > docs/configuration.md`");
}
