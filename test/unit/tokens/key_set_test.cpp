#include "tokens/key_set.hpp"

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "support/bad_keys.hpp"
#include "support/keys.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using signet::KeyState;
using signet::test::key;
using signet::test::key_of_set;
using signet::tokens::Key;
using signet::tokens::KeyPair;
using signet::tokens::KeySet;

TEST_CASE("a set has exactly one active key") {
    CHECK_FALSE(KeySet::make({}).has_value());
    CHECK_FALSE(KeySet::make({key_of_set(0, KeyState::next)}).has_value());
    CHECK_FALSE(KeySet::make({key_of_set(0, KeyState::active), key_of_set(1, KeyState::active)})
                    .has_value());
    CHECK(KeySet::make({key_of_set(0, KeyState::active)}).has_value());
}

TEST_CASE("a set has each kid once") {
    const auto set =
        KeySet::make({key_of_set(0, KeyState::active), key_of_set(0, KeyState::retired)});
    REQUIRE_FALSE(set.has_value());
    CHECK(set.error().log_detail.find(key(0).thumbprint()) != std::string::npos);
}

TEST_CASE("the active key of a set can sign") {
    const auto half = KeyPair::from_public_pem(signet::test::public_pem(key(0).handle()));
    CHECK_FALSE(KeySet::make({Key{"k", "RS256", KeyState::active, 0, *half}}).has_value());
    CHECK(KeySet::make(
              {Key{"k", "RS256", KeyState::retired, 0, *half}, key_of_set(1, KeyState::active)})
              .has_value());
}

TEST_CASE("keys are found by their kid and by nothing like it") {
    const auto set =
        *KeySet::make({key_of_set(0, KeyState::active), key_of_set(1, KeyState::next)});
    REQUIRE(set.find(key(1).thumbprint()) != nullptr);
    CHECK(set.find(key(1).thumbprint())->state == KeyState::next);
    CHECK(set.find("") == nullptr);
    CHECK(set.find(key(1).thumbprint().substr(1)) == nullptr);
    CHECK(set.find(key(2).thumbprint()) == nullptr);
}

TEST_CASE("keys of one state are ordered by age") {
    const auto set =
        *KeySet::make({key_of_set(0, KeyState::retired, 30), key_of_set(1, KeyState::retired, 20),
                       key_of_set(2, KeyState::next, 50), key_of_set(3, KeyState::active, 40)});
    std::vector<std::string> kids;
    for (const auto& info : set.list()) {
        kids.push_back(info.kid);
    }
    CHECK(kids == std::vector<std::string>{key(3).thumbprint(), key(2).thumbprint(),
                                           key(1).thumbprint(), key(0).thumbprint()});
}

TEST_CASE("the JWKS of twenty keys holds six public members each, minimal and unpadded") {
    std::vector<Key> keys{key_of_set(0, KeyState::active)};
    for (std::size_t i = 1; i < 20; ++i) {
        keys.push_back(key_of_set(i, KeyState::retired, static_cast<std::int64_t>(i)));
    }
    const auto read = signet::read_json(KeySet::make(std::move(keys))->jwks(), {});
    const auto& root = std::get<boost::json::value>(read).as_object();
    CHECK(root.size() == 1);
    const auto& list = root.at("keys").as_array();
    REQUIRE(list.size() == 20);
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto& jwk = list[i].as_object();
        CHECK(jwk.size() == 6);
        CHECK(jwk.at("kty") == "RSA");
        CHECK(jwk.at("use") == "sig");
        CHECK(jwk.at("alg") == "RS256");
        CHECK(jwk.at("e") == "AQAB");
        CHECK(std::string_view(jwk.at("kid").as_string()) == key(i).thumbprint());
        const auto n = signet::base64url_decode(std::string_view(jwk.at("n").as_string()));
        REQUIRE(n.has_value());
        CHECK(n->size() == 256);
        CHECK(n->front() != '\0');
    }
}

TEST_CASE("states have the names that files and lists use") {
    CHECK(to_string(KeyState::active) == "active");
    CHECK(to_string(KeyState::next) == "next");
    CHECK(to_string(KeyState::retired) == "retired");
}
