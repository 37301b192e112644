#include "tokens/claims_json.hpp"

#include "support/forge.hpp"
#include "tokens/hasura_claims.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using signet::tokens::kClaimsNamespace;
using signet::tokens::read_claims;
using signet::tokens::write_claims;
using namespace signet::test;

namespace {

bool reads_with(std::string_view from, std::string_view to) {
    const std::string json = replaced(good_payload(), from, to);
    REQUIRE(json != good_payload());
    REQUIRE(json.front() == '{');
    return read_claims(json, kClaimsNamespace).has_value();
}

}  // namespace

TEST_CASE("claims are written in Hasura's shape, and every custom value is a string") {
    auto claims = good_claims();
    claims.audience = "hasura";
    claims.custom = {{"x-hasura-team", "7"}, {"x-hasura-tags", R"({"a","b \"q\""})"}};
    claims.token_id = "j1";
    claims.session_id = "s1";
    CHECK(*write_claims(claims, kClaimsNamespace) ==
          R"({"sub":"6f1f4d0a-6a3f-4a53-9d5c-0b6d1a1c9a11","name":"ada",)"
          R"("iss":"http://127.0.0.1:4000","aud":"hasura","iat":1799999995,"exp":1800000900,)"
          R"("jti":"j1","sid":"s1","https://hasura.io/jwt/claims":{)"
          R"("x-hasura-allowed-roles":["editor","user"],"x-hasura-default-role":"user",)"
          R"("x-hasura-user-id":"6f1f4d0a-6a3f-4a53-9d5c-0b6d1a1c9a11",)"
          R"("x-hasura-session-id":"s1",)"
          R"("x-hasura-tags":"{\"a\",\"b \\\"q\\\"\"}","x-hasura-team":"7"}})");
}

TEST_CASE("claims come back as they were written, under any namespace") {
    for (const std::string_view space :
         {kClaimsNamespace, std::string_view("claims.jwt.hasura.io")}) {
        auto claims = good_claims();
        claims.audience = "hasura";
        claims.name = "Åda \"the\" \\ first\xF0\x9F\x94\x91";
        claims.allowed_roles = {"a b", "user", "ünï"};
        const auto read = read_claims(*write_claims(claims, space), space);
        REQUIRE(read.has_value());
        CHECK(read->access.subject == claims.subject);
        CHECK(read->access.name == claims.name);
        CHECK(read->access.issuer == claims.issuer);
        CHECK(read->audiences == std::vector<std::string>{"hasura"});
        CHECK(read->access.issued_at_s == claims.issued_at_s);
        CHECK(read->access.expires_at_s == claims.expires_at_s);
        CHECK(read->access.token_id == claims.token_id);
        CHECK(read->access.session_id == claims.session_id);
        CHECK(read->access.allowed_roles == claims.allowed_roles);
        CHECK(read->access.default_role == claims.default_role);
        CHECK(read->access.custom == claims.custom);
    }
}

TEST_CASE("the most claims that a token may carry come back, and one that breaks off is refused") {
    auto claims = good_claims();
    for (std::size_t number = 1; number < signet::tokens::kCustomClaimsMax; ++number) {
        claims.custom["x-hasura-n" + std::to_string(number)] = std::string(100, 'v');
    }
    const std::string json = *write_claims(claims, kClaimsNamespace);
    const auto read = read_claims(json, kClaimsNamespace);
    REQUIRE(read.has_value());
    CHECK(read->access.custom == claims.custom);
    CHECK_FALSE(read_claims(json.substr(0, json.size() / 2), kClaimsNamespace).has_value());
}

TEST_CASE("claims that Hasura would refuse are not written") {
    const auto refused = [](auto change) {
        auto claims = good_claims();
        change(claims);
        const auto written = write_claims(claims, kClaimsNamespace);
        return !written && written.error().errc == signet::Errc::internal;
    };
    CHECK(refused([](auto& c) { c.allowed_roles.clear(); }));
    CHECK(refused([](auto& c) { c.allowed_roles = {"user", "user"}; }));
    CHECK(refused([](auto& c) { c.allowed_roles = {"user", ""}; }));
    CHECK(refused([](auto& c) { c.default_role = "admin"; }));
    CHECK(refused([](auto& c) { c.subject.clear(); }));
    CHECK(refused([](auto& c) { c.issued_at_s = -1; }));
    CHECK(refused([](auto& c) { c.expires_at_s = signet::tokens::kTimeMaxS + 1; }));
    for (const char* name :
         {"x-hasura-user-id", "x-hasura-session-id", "x-hasura-role", "x-hasura-default-role",
          "x-hasura-allowed-roles", "X-Hasura-Team", "x-hasura-Team", "team", "x-hasura-", ""}) {
        CAPTURE(name);
        CHECK(refused([&](auto& c) { c.custom = {{name, "1"}}; }));
    }
    CHECK_FALSE(refused([](auto&) {}));
}

TEST_CASE("the payload that the other cases change is itself good") {
    CHECK(read_claims(good_payload(), kClaimsNamespace).has_value());
}

TEST_CASE("each required claim is required, and a string") {
    for (const std::string_view name : {"sub", "iss", "jti", "sid"}) {
        CAPTURE(name);
        const std::string quoted = "\"" + std::string(name) + "\":";
        CHECK_FALSE(reads_with(quoted, "\"x\":"));
        CHECK_FALSE(reads_with(quoted, quoted + "1,\"x\":"));
        CHECK_FALSE(reads_with(quoted, quoted + "null,\"x\":"));
        CHECK_FALSE(reads_with(quoted, quoted + "[\"a\"],\"x\":"));
    }
    CHECK_FALSE(reads_with(R"("name":"ada")", R"("name":7)"));
    CHECK(reads_with(R"("name":"ada",)", ""));
}

TEST_CASE("Hasura's session id is sid, and may be missing, as in tokens of an earlier version") {
    const auto with = [](std::string_view id) {
        return reads_with(
            R"("x-hasura-default-role")",
            R"("x-hasura-session-id":)" + std::string(id) + R"(,"x-hasura-default-role")");
    };
    CHECK(with(R"("s1")"));
    CHECK_FALSE(with(R"("s2")"));
    CHECK_FALSE(with("null"));
}

TEST_CASE("times are integers from 0 to below 2^53") {
    for (const std::string_view bad :
         {"-1", "1e400", "9.9e99", "1800000900.5", "1.8e9", "9223372036854775808",
          "9007199254740992", "\"1800000900\"", "null", "true", "[1]", "{}"}) {
        CAPTURE(bad);
        CHECK_FALSE(reads_with(R"("exp":1800000900)", "\"exp\":" + std::string(bad)));
        CHECK_FALSE(reads_with(R"("iat":1799999995)", "\"iat\":" + std::string(bad)));
        CHECK_FALSE(reads_with(R"("exp":)", "\"nbf\":" + std::string(bad) + ",\"exp\":"));
    }
    CHECK(reads_with(R"("exp":1800000900)", R"("exp":9007199254740991)"));
    CHECK(reads_with(R"("iat":1799999995)", R"("iat":0)"));
    CHECK(reads_with(R"("exp":)", R"("nbf":0,"exp":)"));
}

TEST_CASE("exp and iat are required") {
    CHECK_FALSE(reads_with(R"("exp":1800000900,)", ""));
    CHECK_FALSE(reads_with(R"("iat":1799999995,)", ""));
}

TEST_CASE("aud is a string or an array of strings, never an empty one") {
    const auto with_aud = [](std::string_view aud) {
        return reads_with(R"("iat":)", "\"aud\":" + std::string(aud) + ",\"iat\":");
    };
    CHECK(with_aud(R"("a")"));
    CHECK(with_aud(R"(["a","b"])"));
    CHECK_FALSE(with_aud("[]"));
    CHECK_FALSE(with_aud("[1]"));
    CHECK_FALSE(with_aud(R"(["a",null])"));
    CHECK_FALSE(with_aud("1"));
    CHECK_FALSE(with_aud("null"));
    CHECK_FALSE(with_aud("{}"));
}

TEST_CASE("a claim named twice is refused at every level") {
    CHECK_FALSE(reads_with(R"("exp":1800000900)", R"("exp":1,"exp":1800000900)"));
    CHECK_FALSE(reads_with(R"("exp":1800000900)", R"("\u0065xp":1,"exp":1800000900)"));
    CHECK_FALSE(reads_with(R"("x-hasura-default-role":"user")",
                           R"("x-hasura-default-role":"user","x-hasura-default-role":"editor")"));
    CHECK_FALSE(reads_with(R"("x-hasura-default-role":"user")",
                           R"("x-hasura-default-role":"user","X-Hasura-Default-Role":"editor")"));
}

TEST_CASE("the claims for Hasura are held to their shape") {
    CHECK_FALSE(reads_with("https://hasura.io/jwt/claims", "https://hasura.io/other"));
    CHECK_FALSE(reads_with(R"(["editor","user"])", "[]"));
    CHECK_FALSE(reads_with(R"(["editor","user"])", R"("user")"));
    CHECK_FALSE(reads_with(R"(["editor","user"])", R"(["user",1])"));
    CHECK_FALSE(reads_with(R"(["editor","user"])", R"(["user",""])"));
    CHECK_FALSE(reads_with(R"(["editor","user"])", R"(["user","user"])"));
    CHECK_FALSE(reads_with(R"(["editor","user"])", R"(["editor"])"));
    CHECK_FALSE(reads_with(R"("x-hasura-default-role":"user",)", ""));
    CHECK_FALSE(reads_with(R"("x-hasura-default-role":"user")", R"("x-hasura-default-role":1)"));
    CHECK_FALSE(reads_with(R"("x-hasura-user-id":"6f)", R"("x-hasura-user-id":"7f)"));
    CHECK_FALSE(reads_with(R"(,"x-hasura-user-id":"6f1f4d0a-6a3f-4a53-9d5c-0b6d1a1c9a11")", ""));
    for (const std::string_view extra :
         {R"("x-hasura-n":1)", R"("x-hasura-n":null)", R"("x-hasura-n":["a"])",
          R"("x-hasura-role":"editor")", R"("team":"7")", R"("X-Hasura-Team":"7")"}) {
        CAPTURE(extra);
        CHECK_FALSE(
            reads_with(R"("x-hasura-user-id")", std::string(extra) + R"(,"x-hasura-user-id")"));
    }
    CHECK(reads_with(R"("x-hasura-user-id")", R"("x-hasura-team":"","x-hasura-user-id")"));
}

TEST_CASE("a payload that is no strict JSON object is refused") {
    for (const std::string_view json :
         {"", "null", "[]", "1", "\"x\"", "{", "\xFF", "{\"sub\":\"\xC0\xAF\"}"}) {
        CHECK_FALSE(read_claims(json, kClaimsNamespace).has_value());
    }
}

TEST_CASE("reserved and foreign names are no custom claims") {
    CHECK(signet::is_custom_claim_name("x-hasura-team-id"));
    CHECK_FALSE(signet::is_custom_claim_name("x-hasura-role"));
    CHECK_FALSE(signet::is_custom_claim_name("x-hasura-user-id"));
    CHECK_FALSE(signet::is_custom_claim_name("x-hasura-"));
    CHECK_FALSE(signet::is_custom_claim_name("sub"));
}
