#include "tokens/keyring.hpp"

#include "support/forge.hpp"
#include "support/keys.hpp"
#include "tokens/jws.hpp"

#include <signet/service/sign_in.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace signet::tokens;
using namespace signet::test;
using signet::AccessClaims;
using signet::base64url_encode;

namespace {

KeyringOptions options() {
    KeyringOptions out;
    out.issuer = kIssuer;
    out.ttl_s_max = 900;
    return out;
}

// A ring whose active key is number 0; number 1 is next and number 2 retired. Number 3 is foreign.
Keyring make_ring() {
    return Keyring(*KeySet::make({key_of_set(0, KeyState::active), key_of_set(1, KeyState::next),
                                  key_of_set(2, KeyState::retired)}),
                   options());
}

const std::string& kid(std::size_t index) {
    return key(index).thumbprint();
}

}  // namespace

TEST_CASE("a signed token verifies and gives the claims back") {
    const Keyring ring = make_ring();
    const auto token = ring.sign(good_claims());
    REQUIRE(token.has_value());
    const auto claims = ring.verify(*token, kNow);
    REQUIRE(claims.has_value());
    CHECK(claims->subject == kSubject);
    CHECK(claims->name == "ada");
    CHECK(claims->allowed_roles == std::vector<std::string>{"editor", "user"});
    CHECK(claims->default_role == "user");
    CHECK(claims->custom.at("x-hasura-team") == "7");
    CHECK(claims->expires_at_s == kNow + 900);
    CHECK_FALSE(claims->audience.has_value());
}

TEST_CASE("the header names the algorithm, the type and the active key, and nothing else") {
    const Keyring ring = make_ring();
    const std::string token = *ring.sign(good_claims());
    CHECK(signet::base64url_decode(token.substr(0, token.find('.'))) == header_json(kid(0)));
}

TEST_CASE("a header that says the same in other words is as good, and one that says more is read") {
    const Keyring ring = make_ring();
    const std::string id(kid(0));
    const auto verifies = [&](const std::string& header) {
        return ring.verify(rs256(key(0), header, good_payload()), kNow).has_value();
    };
    CHECK(verifies(header_json(id)));
    CHECK_FALSE(ring.verify(rs256(key(1), header_json(id), good_payload()), kNow).has_value());
    CHECK(verifies(R"({"kid":")" + id + R"(", "typ":"JWT", "alg":"RS256"})"));
    CHECK_FALSE(verifies(R"({"alg":"RS256","typ":"JWT","kid":")" + id + R"(","crit":[]})"));
    CHECK_FALSE(verifies(R"({"alg":"none","typ":"JWT","kid":")" + id + R"("})"));
}

TEST_CASE("tokens of the next and of a retired key verify, and one of a removed key does not") {
    Keyring ring = make_ring();
    for (const std::size_t index : {1UL, 2UL}) {
        CHECK(ring.verify(rs256(key(index), header_json(kid(index)), good_payload()), kNow)
                  .has_value());
    }
    const std::string old = *ring.sign(good_claims());
    ring.publish(lone_key(1));
    CHECK_FALSE(ring.verify(old, kNow).has_value());
}

TEST_CASE("publishing changes what signs, what is served and the epoch") {
    Keyring ring = make_ring();
    const auto before = ring.epoch();
    const std::string jwks = ring.jwks();
    ring.publish(lone_key(3));
    CHECK(ring.epoch() > before);
    CHECK(ring.jwks() != jwks);
    CHECK(ring.jwks() == lone_key(3).jwks());
    CHECK(ring.list().size() == 1);
    const std::string token = *ring.sign(good_claims());
    CHECK(signet::base64url_decode(token.substr(0, token.find('.'))) == header_json(kid(3)));
}

TEST_CASE("claims that Hasura would refuse, and tokens that nobody would carry, are not signed") {
    const Keyring ring = make_ring();
    auto claims = good_claims();
    claims.default_role = "admin";
    CHECK(ring.sign(claims).error().errc == signet::Errc::internal);
    claims = good_claims();
    claims.custom["x-hasura-long"] = std::string(3500, 'x');
    const auto token = ring.sign(claims);
    REQUIRE(token.has_value());
    CHECK(token->size() <= signet::tokens::kTokenIssuedBytesMax);
    claims.custom["x-hasura-long"] = std::string(4600, 'x');
    CHECK(ring.sign(claims).error().errc == signet::Errc::token_too_large);
}

TEST_CASE("a token under another namespace is not ours") {
    auto other = options();
    other.claims_namespace = "claims.jwt.hasura.io";
    const Keyring theirs(lone_key(0), other);
    const Keyring ours(lone_key(0), options());
    const std::string token = *theirs.sign(good_claims());
    CHECK(theirs.verify(token, kNow).has_value());
    CHECK_FALSE(ours.verify(token, kNow).has_value());
}

TEST_CASE("a token expires without leeway") {
    const Keyring ring = make_ring();
    const std::string token = *ring.sign(good_claims());
    CHECK(ring.verify(token, kNow + 899).has_value());
    CHECK(ring.verify(token, kNow + 900).error().errc == signet::Errc::token_expired);
    CHECK(ring.verify(token, kNow + 901).error().errc == signet::Errc::token_expired);
}

TEST_CASE("nothing is told of the time of a token that somebody else made") {
    const Keyring ring = make_ring();
    const auto code = [&](const std::string& token) {
        return ring.verify(token, kNow + 900).error().errc;
    };
    std::string forged = *ring.sign(good_claims());
    CHECK(code(forged) == signet::Errc::token_expired);
    forged[forged.size() - 9] = forged[forged.size() - 9] == 'A' ? 'B' : 'A';
    CHECK(code(forged) == signet::Errc::invalid_token);
    const auto payload = replaced(good_payload(), kIssuer, "http://elsewhere");
    CHECK(code(rs256(key(0), header_json(kid(0)), payload)) == signet::Errc::invalid_token);
}

TEST_CASE("iat and nbf may lie a minute ahead of our clock, and no more") {
    const Keyring ring = make_ring();
    const auto verifies = [&](std::int64_t iat, std::string_view nbf) {
        auto payload = replaced(good_payload(), "1799999995", std::to_string(iat));
        payload = replaced(payload, R"("jti":)", std::string(nbf) + R"("jti":)");
        return ring.verify(rs256(key(0), header_json(kid(0)), payload), kNow).has_value();
    };
    CHECK(verifies(kNow + 60, ""));
    CHECK_FALSE(verifies(kNow + 61, ""));
    CHECK(verifies(kNow, "\"nbf\":" + std::to_string(kNow + 60) + ","));
    CHECK_FALSE(verifies(kNow, "\"nbf\":" + std::to_string(kNow + 61) + ","));
    CHECK_FALSE(verifies(kNow, "\"nbf\":" + std::to_string(kNow + 600) + ","));
}

TEST_CASE("a token that lives longer than ours do is refused, though validly signed") {
    const Keyring ring = make_ring();
    const auto verifies = [&](std::int64_t exp) {
        const auto payload = replaced(good_payload(), "1800000900", std::to_string(exp));
        return ring.verify(rs256(key(0), header_json(kid(0)), payload), kNow).has_value();
    };
    const std::int64_t iat = kNow - 5;
    CHECK(verifies(iat + 900 + signet::kIssuedAtBackdateS));
    CHECK_FALSE(verifies(iat + 900 + signet::kIssuedAtBackdateS + 1));
    CHECK_FALSE(verifies(kNow + 86'400));
    CHECK_FALSE(verifies(signet::tokens::kTimeMaxS));
}

TEST_CASE("a token that expires before it was issued is refused") {
    const Keyring ring = make_ring();
    const auto payload =
        replaced(replaced(good_payload(), "1799999995", "1800000050"), "1800000900", "1800000040");
    CHECK_FALSE(ring.verify(rs256(key(0), header_json(kid(0)), payload), kNow).has_value());
}

TEST_CASE("the issuer is compared exactly") {
    const Keyring ring = make_ring();
    for (const std::string_view issuer :
         {"http://127.0.0.1:4000/", "http://127.0.0.1:400", "HTTP://127.0.0.1:4000", ""}) {
        CAPTURE(issuer);
        const auto payload = replaced(good_payload(), kIssuer, issuer);
        CHECK_FALSE(ring.verify(rs256(key(0), header_json(kid(0)), payload), kNow).has_value());
    }
}

TEST_CASE("the audience has to be ours where one is configured, and absent where none is") {
    auto with_audience = options();
    with_audience.audience = "ours";
    const Keyring ring(lone_key(0), with_audience);
    const Keyring open(lone_key(0), options());
    const auto token = [&](std::string_view aud) {
        return rs256(key(0), header_json(kid(0)),
                     replaced(good_payload(), R"("jti":)", std::string(aud) + R"("jti":)"));
    };
    const auto accepted = ring.verify(token(R"("aud":"ours",)"), kNow);
    REQUIRE(accepted.has_value());
    CHECK(accepted->audience == "ours");
    CHECK(ring.verify(token(R"("aud":["ours","x"],)"), kNow).has_value());
    CHECK_FALSE(ring.verify(token(R"("aud":"other",)"), kNow).has_value());
    CHECK_FALSE(ring.verify(token(R"("aud":["x","y"],)"), kNow).has_value());
    CHECK_FALSE(ring.verify(token(R"("aud":[],)"), kNow).has_value());
    CHECK_FALSE(ring.verify(token(""), kNow).has_value());
    CHECK(open.verify(token(""), kNow).has_value());
    CHECK_FALSE(open.verify(token(R"("aud":"ours",)"), kNow).has_value());
}

TEST_CASE("a token that was signed with an audience carries it") {
    auto with_audience = options();
    with_audience.audience = "ours";
    const Keyring ring(lone_key(0), with_audience);
    auto claims = good_claims();
    CHECK_FALSE(ring.verify(*ring.sign(claims), kNow).has_value());
    claims.audience = "ours";
    CHECK(ring.verify(*ring.sign(claims), kNow).has_value());
}
