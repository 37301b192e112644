#include "keys/key_gate.hpp"
#include "support/bad_keys.hpp"
#include "support/keys.hpp"

#include <doctest/doctest.h>

#include <string>

using signet::keys::FixedKeyOptions;
using signet::keys::load_fixed_key;
using signet::test::key;

namespace {

FixedKeyOptions good_options() {
    return {*key(0).to_private_pem(), signet::test::public_pem(key(0).handle()), std::nullopt};
}

}  // namespace

TEST_CASE("a fixed key is the only key, and its kid is the thumbprint") {
    const auto load = load_fixed_key(good_options(), 1000);
    REQUIRE(load.keys.has_value());
    CHECK(load.errors.empty());
    CHECK(load.keys->keys().size() == 1);
    CHECK(load.keys->active().kid == key(0).thumbprint());
    CHECK(load.keys->active().created_at_s == 1000);
}

TEST_CASE("a fixed key may be named by its owner") {
    auto options = good_options();
    options.kid = "main-2026";
    const auto load = load_fixed_key(options, 0);
    REQUIRE(load.keys.has_value());
    CHECK(load.keys->active().kid == "main-2026");
    CHECK(load.keys->jwks().find(R"("kid":"main-2026")") != std::string::npos);
}

TEST_CASE("names that cannot stand in a header are refused") {
    for (const std::string& kid : {std::string(), std::string("a b"), std::string("a\n"),
                                   std::string("\xC3\xA9"), std::string(256, 'k')}) {
        auto options = good_options();
        options.kid = kid;
        const auto load = load_fixed_key(options, 0);
        CHECK_FALSE(load.keys.has_value());
        REQUIRE(load.errors.size() == 1);
        CHECK(load.errors[0].starts_with("AUTH_KEY_ID: "));
    }
}

TEST_CASE("a public key of another pair is refused") {
    auto options = good_options();
    options.public_pem = signet::test::public_pem(key(1).handle());
    const auto load = load_fixed_key(options, 0);
    CHECK_FALSE(load.keys.has_value());
    REQUIRE(load.errors.size() == 1);
    CHECK(load.errors[0] == "AUTH_PUBLIC_KEY: is not the public half of AUTH_PRIVATE_KEY");
}

TEST_CASE("everything that is wrong with a fixed key is told at once") {
    const auto load = load_fixed_key({"", std::string("x"), std::string("")}, 0);
    CHECK_FALSE(load.keys.has_value());
    REQUIRE(load.errors.size() == 3);
    CHECK(load.errors[0] == "AUTH_PRIVATE_KEY: the key is empty");
    CHECK(load.errors[1].starts_with("AUTH_PUBLIC_KEY: "));
    CHECK(load.errors[2].starts_with("AUTH_KEY_ID: "));
}
