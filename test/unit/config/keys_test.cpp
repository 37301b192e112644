#include "config/load.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>

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

// The text of the warning about `name`, or nothing.
std::string warning(const LoadedConfig& loaded, std::string_view name) {
    const auto found = std::ranges::find(loaded.warnings, name, &Finding::name);
    return found == loaded.warnings.end() ? "" : found->text;
}

bool holds(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace

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

TEST_CASE("a key-encryption key beside a fixed private key is refused") {
    CHECK(load({{"AUTH_KEY_ENCRYPTION_KEY", kZeros}, {"AUTH_PRIVATE_KEY", kPem}})
              .has_error("AUTH_KEY_ENCRYPTION_KEY"));
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
