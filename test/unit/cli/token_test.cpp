#include "base/base64url.hpp"
#include "cli/hasura.hpp"
#include "tokens/keyring.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <utility>

using namespace signet::cli;
using signet::config::Config;
namespace keys = signet::keys;
namespace tokens = signet::tokens;

namespace {

constexpr std::int64_t kNow = 1'800'000'000;
constexpr const char* kIssuer = "http://127.0.0.1:4000";

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

Config settings() {
    Config config;
    config.tokens.issuer = kIssuer;
    config.claims_namespace = "https://hasura.io/jwt/claims";
    return config;
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
    const tokens::Keyring ring(*our_keys().keys, {kIssuer, {}, 900, settings().claims_namespace});
    auto signed_token = ring.sign(claims);
    REQUIRE(signed_token.has_value());
    return *signed_token;
}

struct Inspected {
    int code;
    std::string out;
    std::string err;

    bool says(std::string_view text) const { return (out + err).find(text) != std::string::npos; }
};

Inspected inspect(const std::string& text, const keys::KeyLoad& keys = our_keys()) {
    std::istringstream in(text);
    std::ostringstream out;
    std::ostringstream err;
    const int code = token_inspect(settings(), keys, kNow, {in, out, err});
    return {code, out.str(), err.str()};
}

std::string unsigned_token(std::string_view header, std::string_view claims) {
    return signet::base64url_encode(header) + '.' + signet::base64url_encode(claims) + ".AA";
}

}  // namespace

TEST_CASE("token inspect shows header and claims, and that the signature is good") {
    const Inspected inspected = inspect(token(kNow + 900));
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
    const Inspected inspected = inspect(token(kNow - 1));
    CHECK(inspected.code == signet::kExitFailed);
    CHECK(inspected.says("signature: good"));
    CHECK(inspected.says("would refuse it\n  The token has expired"));
}

TEST_CASE("token inspect notices a token that was changed") {
    std::string changed = token(kNow + 900);
    const std::size_t signature = changed.rfind('.') + 1;
    changed[signature] = changed[signature] == 'A' ? 'B' : 'A';
    const Inspected inspected = inspect(changed);
    CHECK(inspected.code == signet::kExitFailed);
    CHECK(inspected.says("signature: BAD"));
}

TEST_CASE("token inspect works without keys") {
    const Inspected inspected = inspect(token(kNow + 900), {});
    CHECK(inspected.code == signet::kExitOk);
    CHECK(inspected.says("not checked, there are no keys here"));
    CHECK(inspected.says("would take it, if the signature is good"));
}

TEST_CASE("token inspect shows no control character of a claim") {
    const Inspected inspected =
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
        const Inspected inspected = inspect(text);
        CHECK(inspected.code == signet::kExitFailed);
        CHECK(inspected.out.empty());
    }
}
