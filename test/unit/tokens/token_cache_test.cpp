#include "tokens/token_cache.hpp"

#include "support/forge.hpp"
#include "support/keys.hpp"
#include "support/printing.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace signet;
using namespace signet::tokens;
using namespace signet::test;

namespace {

constexpr std::size_t kBytes = 1024 * 1024;

struct Bench {
    Keyring ring{lone_key(0), {.issuer = std::string(kIssuer), .audience = std::nullopt}};
    TokenCache cache{ring, kBytes};
    std::string token = ring.sign(good_claims()).value();
};

std::string with_id(const Keyring& ring, int number) {
    AccessClaims claims = good_claims();
    claims.token_id = std::to_string(number);
    return ring.sign(claims).value();
}

}  // namespace

TEST_CASE("a token that comes again is not verified again, and says the same") {
    Bench bench;
    const auto first = bench.cache.check(bench.token, kNow);
    REQUIRE(first);
    const auto again = bench.cache.check(bench.token, kNow + 10);
    REQUIRE(again);
    CHECK(bench.cache.verifications() == 1);
    CHECK(bench.cache.hits() == 1);
    CHECK(again->user.str() == kSubject);
    CHECK(again->session == first->session);
    CHECK(again->expires_at_s == kNow + 900);
}

TEST_CASE("a remembered token ends with its last second") {
    Bench bench;
    REQUIRE(bench.cache.check(bench.token, kNow));
    CHECK(bench.cache.check(bench.token, kNow + 899));
    CHECK(bench.cache.check(bench.token, kNow + 900).error().errc == Errc::token_expired);
}

TEST_CASE("a token that differs from a remembered one in its last letter is another") {
    Bench bench;
    REQUIRE(bench.cache.check(bench.token, kNow));
    std::string other = bench.token;
    other.back() = other.back() == 'A' ? 'B' : 'A';
    CHECK(!bench.cache.check(other, kNow));
    CHECK(!bench.cache.check(bench.token + "A", kNow));
}

TEST_CASE("refusals are not remembered") {
    Bench bench;
    for (int i = 0; i < 3; ++i) {
        CHECK(!bench.cache.check("a.b.c", kNow));
    }
    CHECK(bench.cache.verifications() == 3);
}

TEST_CASE("a key that is taken away takes its remembered tokens along") {
    Bench bench;
    REQUIRE(bench.cache.check(bench.token, kNow));
    bench.ring.publish(lone_key(1));
    CHECK(bench.cache.check(bench.token, kNow).error().errc == Errc::invalid_token);
}

TEST_CASE("a token of a retired key ends with the key, though the set stays the same") {
    Bench bench;
    Key retired = key_of_set(0, KeyState::retired);
    retired.remove_after_s = kNow + 100;
    bench.ring.publish(*KeySet::make({key_of_set(1, KeyState::active), retired}));
    REQUIRE(bench.cache.check(bench.token, kNow));
    CHECK(bench.cache.check(bench.token, kNow + 99));
    CHECK(!bench.cache.check(bench.token, kNow + 100));
}

TEST_CASE("a new key set has every token verified once more, and then remembered") {
    Bench bench;
    REQUIRE(bench.cache.check(bench.token, kNow));
    bench.ring.publish(lone_key(0));
    REQUIRE(bench.cache.check(bench.token, kNow));
    REQUIRE(bench.cache.check(bench.token, kNow));
    CHECK(bench.cache.verifications() == 2);
}

TEST_CASE("a token whose subject or session is no UUID is refused") {
    Bench bench;
    AccessClaims claims = good_claims();
    claims.session_id = "s1";
    CHECK(!bench.cache.check(bench.ring.sign(claims).value(), kNow));
    claims = good_claims();
    claims.subject = "ada";
    CHECK(!bench.cache.check(bench.ring.sign(claims).value(), kNow));
}

TEST_CASE("the cache says what it holds, and never more than its memory allows") {
    Bench bench;
    std::set<std::string> tokens;
    for (int i = 0; i < 60; ++i) {
        tokens.insert(with_id(bench.ring, i));
    }
    for (int round = 0; round < 2; ++round) {
        for (const std::string& token : tokens) {
            REQUIRE(bench.cache.check(token, kNow));
        }
    }
    CHECK(bench.cache.size().tokens == 60);
    CHECK(bench.cache.size().bytes <= kBytes);
    CHECK(bench.cache.verifications() == 60);
}
