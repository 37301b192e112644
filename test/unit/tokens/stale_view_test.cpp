#include "base/base64url.hpp"
#include "support/forge.hpp"
#include "support/stored_pairs.hpp"
#include "tokens/keyring.hpp"

#include <doctest/doctest.h>
#include <time.h>

#include <string>
#include <utility>
#include <vector>

using namespace signet::keys;
using namespace signet::tokens;
using namespace signet::test;
using signet::KeyView;
using signet::StoredKey;
using std::chrono::seconds;
using SteadyTime = std::chrono::steady_clock::time_point;

namespace {

SteadyTime steady{seconds(1000)};

SteadyTime steady_now() {
    return steady;
}

KeyringOptions options() {
    KeyringOptions out;
    out.issuer = kIssuer;
    out.steady_now = &steady_now;
    return out;
}

KeySet set_of(const KeyView& view) {
    return *make_key_set(view, PlainCodec(), nullptr);
}

Sealer sealer(char filler) {
    return *Sealer::make({std::string(32, filler)});
}

}  // namespace

TEST_CASE("a view that is too old signs nothing, but verifies and is published") {
    const KeyView view{{stored_key(signet::KeyState::active, kNow)}, 1, kNow};
    Keyring ring(KeySet(), options());
    ring.publish(set_of(view), steady);
    const auto token = ring.sign(good_claims());
    REQUIRE(token.has_value());
    steady += seconds(kViewAgeMaxS);
    CHECK(ring.sign(good_claims()).has_value());
    steady += seconds(1);
    const auto refused = ring.sign(good_claims());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().errc == signet::Errc::no_signing_key);
    CHECK(refused.error().log_detail.find("61 s") != std::string::npos);
    CHECK(ring.verify(*token, kNow).has_value());
    CHECK(ring.jwks().find(view.keys[0].life.kid) != std::string::npos);
}

TEST_CASE("a confirmed view signs on, and changes nothing that is served") {
    const KeyView view{{stored_key(signet::KeyState::active, kNow)}, 1, kNow};
    Keyring ring(KeySet(), options());
    ring.publish(set_of(view), steady);
    const auto epoch = ring.epoch();
    steady += seconds(100);
    ring.confirm(steady);
    CHECK(ring.sign(good_claims()).has_value());
    CHECK(ring.epoch() == epoch);
}

TEST_CASE("keys that never change do not grow old") {
    const KeyView view{{stored_key(signet::KeyState::active, kNow)}, 1, kNow};
    const Keyring ring(set_of(view), options());
    steady += seconds(100'000);
    CHECK(ring.sign(good_claims()).has_value());
}

TEST_CASE("a ring without keys publishes no set, not even an empty one, and signs nothing") {
    const Keyring ring(KeySet(), options());
    CHECK(ring.jwks().empty());
    CHECK(ring.sign(good_claims()).error().errc == signet::Errc::no_signing_key);
}

TEST_CASE("a token says the algorithm of its key, and verifies under no other") {
    const StoredKey stored = stored_key(signet::KeyState::active, kNow);
    const Keyring ring(set_of({{stored}, 1, kNow}), options());
    const auto whole = *KeyPair::from_private_pem(stored.private_part);
    const auto forged = [&](std::string_view alg) {
        const std::string header =
            R"({"alg":")" + std::string(alg) + R"(","typ":"JWT","kid":")" + stored.life.kid + "\"}";
        const std::string input = signet::test::signing_input(header, good_payload());
        return input + '.' + signet::base64url_encode(*whole.sign(input));
    };
    CHECK(ring.verify(forged("ES256"), kNow).has_value());
    for (const std::string_view alg : {"RS256", "EdDSA", "es256", "ES256 ", "none", "HS256"}) {
        CAPTURE(alg);
        CHECK_FALSE(ring.verify(forged(alg), kNow).has_value());
    }
}

TEST_CASE("a revoked key verifies nothing and is not published") {
    StoredKey gone = stored_key(signet::KeyState::active, kNow);
    Keyring ring(set_of({{gone}, 1, kNow}), options());
    const std::string token = *ring.sign(good_claims());
    gone.life.state = signet::KeyState::revoked;
    gone.private_part.clear();
    ring.publish(set_of({{gone, stored_key(signet::KeyState::active, kNow)}, 2, kNow}));
    CHECK_FALSE(ring.verify(token, kNow).has_value());
    CHECK(ring.jwks().find(gone.life.kid) == std::string::npos);
}

TEST_CASE("a retired key verifies until its time is over by our own clock, to the second") {
    StoredKey old = stored_key(signet::KeyState::active, kNow);
    Keyring ring(set_of({{old}, 1, kNow}), options());
    const std::string token = *ring.sign(good_claims());
    old.life.state = signet::KeyState::retired;
    old.life.remove_after_s = kNow + 100;
    ring.publish(set_of({{old, stored_key(signet::KeyState::active, kNow)}, 2, kNow}));
    CHECK(ring.verify(token, kNow + 99).has_value());
    CHECK_FALSE(ring.verify(token, kNow + 100).has_value());
    ring.hide_dead(kNow + 99);
    CHECK(ring.jwks().find(old.life.kid) != std::string::npos);
    ring.hide_dead(kNow + 100);
    CHECK(ring.jwks().find(old.life.kid) == std::string::npos);
}

TEST_CASE("a key that a clock ahead had left out is published again once the clock is right") {
    StoredKey old = stored_key(signet::KeyState::active, kNow);
    Keyring ring(set_of({{old}, 1, kNow}), options());
    const std::string token = *ring.sign(good_claims());
    old.life.state = signet::KeyState::retired;
    old.life.remove_after_s = kNow + 1000;
    ring.publish(set_of({{old, stored_key(signet::KeyState::active, kNow)}, 2, kNow}));
    const std::string right = ring.jwks();
    ring.hide_dead(kNow + 100'000);
    CHECK(ring.jwks().find(old.life.kid) == std::string::npos);
    CHECK(ring.list().size() == 1);
    ring.hide_dead(kNow + 1);
    CHECK(ring.jwks() == right);
    CHECK(ring.list().size() == 2);
    CHECK(ring.verify(token, kNow + 1).has_value());
}

TEST_CASE("a key signs no token that lives longer than who retires it can know") {
    StoredKey stored = stored_key(signet::KeyState::active, kNow);
    stored.life.tokens_ttl_s = 899;
    Keyring ring(set_of({{stored}, 1, kNow}), options());
    const auto refused = ring.sign(good_claims());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().errc == signet::Errc::no_signing_key);
    REQUIRE(ring.find_obstacle().has_value());
    CHECK(ring.find_obstacle()->log_detail.find("up to 899 s") != std::string::npos);
    stored.life.tokens_ttl_s = 900;
    ring.publish(set_of({{stored}, 2, kNow}));
    CHECK(ring.sign(good_claims()).has_value());
    CHECK_FALSE(ring.find_obstacle().has_value());
}

TEST_CASE("a token lives as long as its key is recorded to sign, also where tokens live shorter") {
    StoredKey stored = stored_key(signet::KeyState::active, kNow);
    KeyringOptions long_lived = options();
    long_lived.ttl_s_max = 3600;
    KeyringOptions short_lived = options();
    short_lived.ttl_s_max = 60;
    auto claims = good_claims();
    claims.expires_at_s = kNow + 3600;
    stored.life.tokens_ttl_s = 3600;
    const Keyring signing(set_of({{stored}, 1, kNow}), long_lived);
    const std::string token = *signing.sign(claims);
    CHECK(Keyring(set_of({{stored}, 1, kNow}), short_lived).verify(token, kNow).has_value());
    stored.life.tokens_ttl_s = 3599;
    CHECK_FALSE(Keyring(set_of({{stored}, 1, kNow}), short_lived).verify(token, kNow).has_value());
}

TEST_CASE("the clock by which a view grows old goes on while the machine sleeps") {
    timespec boot{};
    REQUIRE(::clock_gettime(CLOCK_BOOTTIME, &boot) == 0);
    const auto now = signet::now_since_boot().time_since_epoch();
    CHECK(std::chrono::duration_cast<seconds>(now).count() - boot.tv_sec <= 1);
    CHECK(std::chrono::duration_cast<seconds>(now).count() >= boot.tv_sec);
    CHECK((KeyringOptions{}.steady_now == &signet::now_since_boot));
}

TEST_CASE("keys whose private parts cannot be opened are published, and tell what is missing") {
    const SealedCodec ours(sealer('a'));
    const SealedCodec theirs(sealer('b'));
    const KeyView view{{stored_key(signet::KeyState::active, kNow, theirs),
                        stored_key(signet::KeyState::next, kNow, ours)},
                       1,
                       kNow};
    std::vector<std::string> warnings;
    const auto set = make_key_set(view, ours, &warnings);
    REQUIRE(set.has_value());
    CHECK(set->signer() == nullptr);
    CHECK(set->keys().size() == 2);
    REQUIRE(warnings.size() == 2);
    CHECK(warnings[0].find(sealer('b').first_id()) != std::string::npos);
    CHECK(warnings[1].find(view.keys[0].life.kid) != std::string::npos);
}

TEST_CASE("a private part that was moved to another row does not open") {
    const SealedCodec codec(sealer('a'));
    StoredKey one = stored_key(signet::KeyState::active, kNow, codec);
    const StoredKey two = stored_key(signet::KeyState::next, kNow, codec);
    CHECK(codec.decode(one).has_value());
    one.private_part = two.private_part;
    CHECK_FALSE(codec.decode(one).has_value());
}

TEST_CASE("a private part that belongs to another public part is refused") {
    StoredKey one = stored_key(signet::KeyState::active, kNow);
    one.private_part = stored_key(signet::KeyState::active, kNow).private_part;
    CHECK_FALSE(PlainCodec().decode(one).has_value());
}
