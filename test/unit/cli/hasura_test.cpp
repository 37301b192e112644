#include "cli/hasura.hpp"

#include "base/base64url.hpp"
#include "config/load.hpp"
#include "tokens/keyring.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <doctest/doctest.h>

#include <functional>
#include <sstream>
#include <string>
#include <utility>

using namespace signet::cli;
using namespace signet::config;
namespace json = boost::json;
namespace keys = signet::keys;
namespace tokens = signet::tokens;

namespace {

struct Printed {
    int code;
    std::string out;
    std::string err;

    bool says(std::string_view text) const { return (out + err).find(text) != std::string::npos; }
};

Printed secret(Variables environment, const std::optional<std::string>& jwk_url = {}) {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    const LoadedConfig loaded = load_config({std::move(environment), {}}, false);
    REQUIRE(loaded.usable());
    const int code = hasura_secret(loaded.config, jwk_url, {in, out, err});
    return {code, out.str(), err.str()};
}

constexpr std::int64_t kNow = 1'800'000'000;
constexpr const char* kIssuer = "http://127.0.0.1:4000";
constexpr const char* kNamespace = "https://hasura.io/jwt/claims";

struct Token {
    json::object header{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "k"}};
    json::object claims{
        {"sub", "6e8bc430-9c3a-11d9-9669-0800200c9a66"},
        {"iss", kIssuer},
        {"iat", kNow - 5},
        {"exp", kNow + 900},
        {"jti", "j"},
        {kNamespace, json::object{{"x-hasura-allowed-roles", json::array{"user", "editor"}},
                                  {"x-hasura-default-role", "user"},
                                  {"x-hasura-user-id", "1"}}}};

    json::object& session() { return claims.at(kNamespace).as_object(); }
};

Config config() {
    Config config;
    config.tokens.issuer = kIssuer;
    config.claims_namespace = kNamespace;
    return config;
}

// Returns the objections to a good token after `change`, one a line.
std::string objections(const std::function<void(Token&)>& change,
                       const Config& expected = config()) {
    Token token;
    change(token);
    std::string out;
    for (const std::string& text : hasura_objections(token.header, token.claims, expected, kNow)) {
        out += text + '\n';
    }
    return out;
}

// Whether `change` causes exactly one objection, which begins like that.
bool objects(std::string_view begin, const std::function<void(Token&)>& change) {
    const std::string text = objections(change);
    return text.starts_with(begin) && text.find('\n') == text.size() - 1;
}

keys::KeyLoad make_keys() {
    auto key = tokens::KeyPair::generate("RS256", 2048);
    REQUIRE(key.has_value());
    auto set = tokens::KeySet::make(
        {{key->thumbprint(), "RS256", signet::KeyState::active, kNow - 60, *key}});
    REQUIRE(set.has_value());
    keys::KeyLoad load;
    load.keys = *std::move(set);
    return load;
}

// One pair for all tests: making a key takes long. Never changes.
const keys::KeyLoad& our_keys() {
    static const keys::KeyLoad keys = make_keys();
    return keys;
}

std::string token(std::int64_t expires_at_s) {
    signet::AccessClaims claims;
    claims.subject = "6e8bc430-9c3a-41d9-9669-0800200c9a66";
    claims.name = "ada";
    claims.issuer = kIssuer;
    claims.issued_at_s = kNow - 5;
    claims.expires_at_s = expires_at_s;
    claims.token_id = "j";
    claims.session_id = "s";
    claims.allowed_roles = {"user"};
    claims.default_role = "user";
    const tokens::Keyring ring(*our_keys().keys, {kIssuer, {}, 900, config().claims_namespace});
    auto signed_token = ring.sign(claims);
    REQUIRE(signed_token.has_value());
    return *signed_token;
}

Printed inspect(const std::string& text, const keys::KeyLoad& keys = our_keys()) {
    std::istringstream in(text);
    std::ostringstream out;
    std::ostringstream err;
    const int code = token_inspect(config(), keys, kNow, {in, out, err});
    return {code, out.str(), err.str()};
}

std::string unsigned_token(std::string_view header, std::string_view claims) {
    return signet::base64url_encode(header) + '.' + signet::base64url_encode(claims) + ".AA";
}

}  // namespace

TEST_CASE("hasura secret names the JWKS and the issuer, and warns of an address in this machine") {
    const Printed printed = secret({});
    CHECK(printed.code == signet::kExitOk);
    CHECK(printed.out ==
          "{\"jwk_url\":\"http://127.0.0.1:4000/jwks\",\"issuer\":\"http://127.0.0.1:4000\"}\n");
    CHECK(printed.err.find("--jwk-url") != std::string::npos);
}

TEST_CASE("hasura secret has audience and namespace where they are configured") {
    const Printed printed = secret({{"AUTH_ISSUER", "https://a.example/"},
                                    {"AUTH_AUDIENCE", "app"},
                                    {"AUTH_CLAIMS_NAMESPACE", "ns"}});
    CHECK(printed.out ==
          "{\"jwk_url\":\"https://a.example/jwks\",\"issuer\":\"https://a.example/\","
          "\"audience\":\"app\",\"claims_namespace\":\"ns\"}\n");
    CHECK(printed.err.empty());
}

TEST_CASE("hasura secret falls back to the listen address when the issuer is no URL") {
    CHECK(secret({{"AUTH_ISSUER", "signet"}}).out ==
          "{\"jwk_url\":\"http://127.0.0.1:4000/jwks\",\"issuer\":\"signet\"}\n");
}

TEST_CASE("hasura secret takes --jwk-url, and refuses what is none") {
    CHECK(secret({}, "http://signet:4000/jwks").out ==
          "{\"jwk_url\":\"http://signet:4000/jwks\",\"issuer\":\"http://127.0.0.1:4000\"}\n");
    CHECK(secret({}, "signet:4000").code == signet::kExitWrongUsage);
}

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

TEST_CASE("token inspect shows header and claims, and that the signature is good") {
    const Printed inspected = inspect(token(kNow + 900));
    CHECK(inspected.code == signet::kExitOk);
    CHECK(inspected.says("\"alg\": \"RS256\""));
    CHECK(inspected.says("\"name\": \"ada\""));
    CHECK(inspected.says("signature: good, made by key " + our_keys().keys->active().kid));
    CHECK(inspected.says("Hasura: would take it\n"));
}

TEST_CASE("token inspect takes blanks around a token and Bearer before it") {
    CHECK(inspect("  Bearer " + token(kNow + 900) + "\r\n\n").code == signet::kExitOk);
}

TEST_CASE("token inspect says why a token is refused") {
    const Printed inspected = inspect(token(kNow - 1));
    CHECK(inspected.code == signet::kExitFailed);
    CHECK(inspected.says("signature: good"));
    CHECK(inspected.says("would refuse it\n  The token has expired"));
}

TEST_CASE("token inspect notices a token that was changed") {
    std::string changed = token(kNow + 900);
    const std::size_t signature = changed.rfind('.') + 1;
    changed[signature] = changed[signature] == 'A' ? 'B' : 'A';
    const Printed inspected = inspect(changed);
    CHECK(inspected.code == signet::kExitFailed);
    CHECK(inspected.says("signature: BAD"));
}

TEST_CASE("token inspect works without keys") {
    const Printed inspected = inspect(token(kNow + 900), {});
    CHECK(inspected.code == signet::kExitOk);
    CHECK(inspected.says("not checked, there are no keys here"));
    CHECK(inspected.says("would take it, if the signature is good"));
}

TEST_CASE("token inspect shows no control character of a claim") {
    const Printed inspected =
        inspect(unsigned_token(R"({"alg":"none"})", "{\"sub\":\"\\u001b[31m\\n\xC2\x9B\"}"));
    CHECK(inspected.code == signet::kExitFailed);
    CHECK_FALSE(inspected.says("\x1b"));
    CHECK_FALSE(inspected.says("\xC2\x9B"));
    CHECK(inspected.says("not checked, alg is none"));
}

TEST_CASE("token inspect refuses what is no token") {
    for (const std::string& text :
         {std::string(), std::string("a.b"), std::string("a.b.c.d"), std::string("{}"),
          unsigned_token("[]", "{}"), unsigned_token("{}", "{\"a\":1,\"a\":2}"),
          std::string(kInspectedBytesMax + 1, 'a')}) {
        CAPTURE(text.substr(0, 40));
        const Printed inspected = inspect(text);
        CHECK(inspected.code == signet::kExitFailed);
        CHECK(inspected.out.empty());
    }
}
