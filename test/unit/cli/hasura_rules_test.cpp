#include "cli/hasura.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <doctest/doctest.h>

#include <functional>
#include <string>

namespace json = boost::json;
using signet::cli::hasura_objections;

namespace {

constexpr std::int64_t kNow = 1'800'000'000;
constexpr const char* kNamespace = "https://hasura.io/jwt/claims";

struct Token {
    json::object header{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "k"}};
    json::object claims{
        {"sub", "6e8bc430-9c3a-11d9-9669-0800200c9a66"},
        {"iss", "http://127.0.0.1:4000"},
        {"iat", kNow - 5},
        {"exp", kNow + 900},
        {"jti", "j"},
        {kNamespace, json::object{{"x-hasura-allowed-roles", json::array{"user", "editor"}},
                                  {"x-hasura-default-role", "user"},
                                  {"x-hasura-user-id", "1"}}}};

    json::object& session() { return claims.at(kNamespace).as_object(); }
};

signet::config::Config config() {
    signet::config::Config config;
    config.tokens.issuer = "http://127.0.0.1:4000";
    config.claims_namespace = kNamespace;
    return config;
}

// The objections to a good token after `change`, one a line.
std::string objections(const std::function<void(Token&)>& change,
                       const signet::config::Config& expected = config()) {
    Token token;
    change(token);
    std::string out;
    for (const std::string& text : hasura_objections(token.header, token.claims, expected, kNow)) {
        out += text + '\n';
    }
    return out;
}

// Whether `change` earns exactly one objection, which begins so.
bool objects(std::string_view begin, const std::function<void(Token&)>& change) {
    const std::string text = objections(change);
    return text.starts_with(begin) && text.find('\n') == text.size() - 1;
}

}  // namespace

TEST_CASE("a token as Signet makes it meets no objection") {
    CHECK(objections([](Token&) {}).empty());
}

TEST_CASE("Hasura takes no alg that no key of ours verifies, and no crit") {
    CHECK(objects("alg ", [](Token& t) { t.header["alg"] = "none"; }));
    CHECK(objects("alg ", [](Token& t) { t.header["alg"] = "HS256"; }));
    CHECK(objects("The header has no alg", [](Token& t) { t.header.erase("alg"); }));
    CHECK(objects("The header has crit", [](Token& t) { t.header["crit"] = json::array{"b64"}; }));
    CHECK(objects("kid ", [](Token& t) { t.header["kid"] = 1; }));
    CHECK(objections([](Token& t) { t.header["alg"] = "PS512"; }).empty());
}

TEST_CASE("Hasura compares exp, nbf and iat with its clock, without leeway") {
    CHECK(objects("The token has expired", [](Token& t) { t.claims["exp"] = kNow; }));
    CHECK(objections([](Token& t) { t.claims["exp"] = static_cast<double>(kNow) + 0.5; }).empty());
    CHECK(objects("The token is not valid yet", [](Token& t) { t.claims["nbf"] = kNow + 1; }));
    CHECK(objects("The token was issued in the future",
                  [](Token& t) { t.claims["iat"] = kNow + 1; }));
    CHECK(objects("exp is not a number", [](Token& t) { t.claims["exp"] = "1800000900"; }));
    CHECK(objections([](Token& t) { t.claims.erase("exp"); }).empty());
}

TEST_CASE("Hasura wants iss, sub and aud to be text, and a full URI where there is a colon") {
    CHECK(objects("sub ", [](Token& t) { t.claims["sub"] = 1; }));
    CHECK(objects("sub ", [](Token& t) { t.claims["sub"] = "1:2"; }));
    CHECK(objects("iss is not a text", [](Token& t) { t.claims["iss"] = json::array{"a"}; }));
    CHECK(objects("jti ", [](Token& t) { t.claims["jti"] = 1; }));
    CHECK(objects("aud is neither", [](Token& t) { t.claims["aud"] = 1; }));
    CHECK(objects("aud is an empty array", [](Token& t) { t.claims["aud"] = json::array{}; }));
}

TEST_CASE("Hasura compares iss byte for byte and aud by overlap, and misses neither") {
    CHECK(objects("iss is not AUTH_ISSUER",
                  [](Token& t) { t.claims["iss"] = "http://127.0.0.1:4000/"; }));
    CHECK(objections([](Token& t) { t.claims.erase("iss"); }).empty());
    auto with_audience = config();
    with_audience.tokens.audience = "app";
    CHECK(objections([](Token& t) { t.claims["aud"] = json::array{"x", "app"}; }, with_audience)
              .empty());
    CHECK(objections([](Token&) {}, with_audience).empty());
    CHECK(objections([](Token& t) { t.claims["aud"] = "x"; }, with_audience) ==
          "aud does not hold AUTH_AUDIENCE.\n");
}

TEST_CASE("Hasura needs the object below the claims namespace") {
    CHECK(objects("The claim https://hasura.io/jwt/claims is missing",
                  [](Token& t) { t.claims.erase(kNamespace); }));
    CHECK(objects("The claim https://hasura.io/jwt/claims is not an object",
                  [](Token& t) { t.claims[kNamespace] = "{}"; }));
}

TEST_CASE("Hasura needs allowed roles, a default role among them, and strings for the rest") {
    CHECK(objects("x-hasura-allowed-roles ",
                  [](Token& t) { t.session().erase("x-hasura-allowed-roles"); }));
    CHECK(objects("x-hasura-allowed-roles ",
                  [](Token& t) { t.session()["x-hasura-allowed-roles"] = "{user}"; }));
    CHECK(objects("x-hasura-allowed-roles ",
                  [](Token& t) { t.session()["x-hasura-allowed-roles"] = json::array{""}; }));
    CHECK(objects("x-hasura-default-role ",
                  [](Token& t) { t.session()["x-hasura-default-role"] = ""; }));
    CHECK(objects("x-hasura-default-role is not one of",
                  [](Token& t) { t.session()["x-hasura-default-role"] = "boss"; }));
    CHECK(
        objects("x-hasura-org is not a string", [](Token& t) { t.session()["X-Hasura-Org"] = 1; }));
    CHECK(objections([](Token& t) { t.session()["other"] = 1; }).empty());
}
