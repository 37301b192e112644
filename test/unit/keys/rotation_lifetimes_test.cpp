#include "keys/stored_keys.hpp"
#include "support/rotating_replica.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace signet::keys;
using namespace signet::tokens;
using namespace signet::test;
using signet::KeyHome;
using signet::KeyState;
using signet::KeyView;
using signet::StoredKey;

TEST_CASE("no token is refused while it lives, however long others let theirs live") {
    const auto table = new_table();
    Replica brief(table, 'a', 60);
    Replica lasting(table, 'a', 3600);
    REQUIRE(brief.job.tick().has_value());
    REQUIRE(lasting.job.tick().has_value());
    const std::string token = *lasting.issue();
    const std::string signer = in_state(brief.home, KeyState::active).life.kid;
    // The one with the short tokens rotates and removes, and the other one sleeps.
    for (int step = 0; step < 36; ++step) {
        REQUIRE(brief.job.tick().has_value());
        CHECK(brief.ring.verify(token, brief.clock.now).has_value());
        CHECK(brief.ring.jwks().find(signer) != std::string::npos);
        brief.pass(100);
    }
    lasting.clock.now = brief.clock.now;
    REQUIRE(brief.job.tick().has_value());
    REQUIRE(lasting.job.tick().has_value());
    CHECK(brief.issue().has_value());
    CHECK(lasting.issue().has_value());
}

TEST_CASE("a server that lets tokens live longer says so before it signs, and only once") {
    const auto table = new_table();
    Replica brief(table, 'a', 60);
    REQUIRE(brief.job.tick().has_value());
    Replica lasting(table, 'a', 3600);
    REQUIRE(lasting.job.tick().has_value());
    CHECK(in_state(brief.home, KeyState::active).life.tokens_ttl_s == 3600);
    CHECK(in_state(brief.home, KeyState::next).life.tokens_ttl_s == 3600);
    const auto rows = table->audit;
    REQUIRE(rows.size() == 4);
    CHECK(rows[2].action == "raise");
    CHECK(rows[2].detail == "tokens that live up to 3600 s");
    REQUIRE(lasting.job.tick().has_value());
    REQUIRE(brief.job.tick().has_value());
    CHECK(table->audit.size() == rows.size());
}

TEST_CASE("where it cannot be written that tokens live longer, none is signed, and all verify") {
    const auto table = new_table();
    Replica brief(table, 'a', 60);
    REQUIRE(brief.job.tick().has_value());
    Replica lasting(table, 'a', 3600);
    table->read_only = signet::Errc::store_failed;
    CHECK(lasting.job.tick().error().errc == signet::Errc::store_failed);
    CHECK(lasting.issue().error().errc == signet::Errc::no_signing_key);
    CHECK(lasting.ring.verify(*brief.issue(), kNow).has_value());
    CHECK(lasting.ring.jwks() == brief.ring.jwks());
    CHECK_FALSE(lasting.job.tick().has_value());
    table->read_only.reset();
    REQUIRE(lasting.job.tick().has_value());
    CHECK(lasting.issue().has_value());
}

TEST_CASE("a replica whose clock jumps ahead and back publishes what the home says all the while") {
    Replica one(new_table());
    REQUIRE(one.job.tick().has_value());
    one.pass(1000);
    REQUIRE(one.job.tick().has_value());
    const std::string right = one.ring.jwks();
    CHECK(one.published() == 3);
    one.clock.now += 100'000;
    REQUIRE(one.job.tick().has_value());
    CHECK(one.ring.jwks() == right);
    one.home.set_outage(signet::Errc::store_unavailable);
    CHECK_FALSE(one.job.tick().has_value());
    CHECK(one.ring.jwks() == right);
    one.home.set_outage({});
    one.clock.now -= 100'000;
    REQUIRE(one.job.tick().has_value());
    CHECK(one.ring.jwks() == right);
}

TEST_CASE("of a home that cannot be changed a retired key is left out in its time all the same") {
    Replica one(new_table());
    REQUIRE(one.job.tick().has_value());
    const std::string first = in_state(one.home, KeyState::active).life.kid;
    one.pass(1000);
    REQUIRE(one.job.tick().has_value());
    one.home.set_outage(signet::Errc::store_unavailable);
    one.pass(299);
    CHECK_FALSE(one.job.tick().has_value());
    CHECK(one.ring.jwks().find(first) != std::string::npos);
    one.pass(1);
    CHECK_FALSE(one.job.tick().has_value());
    CHECK(one.ring.jwks().find(first) == std::string::npos);
}

TEST_CASE("a key is made once for a home that cannot be changed, however often that is tried") {
    const auto table = new_table();
    Replica one(table);
    table->read_only = signet::Errc::store_failed;
    CHECK_FALSE(one.job.tick().has_value());
    const std::string kid = table->refused.back();
    for (int i = 0; i < 5; ++i) {
        one.pass(5);
        CHECK_FALSE(one.job.tick().has_value());
        CHECK(table->refused.back() == kid);
    }
    table->read_only.reset();
    REQUIRE(one.job.tick().has_value());
    CHECK(in_state(one.home, KeyState::active).life.kid == kid);
    CHECK(in_state(one.home, KeyState::next).life.kid != kid);
}

TEST_CASE("a revoked key is forgotten in its time, and the audit remembers it") {
    const auto table = new_table();
    Replica one(table);
    REQUIRE(one.job.tick().has_value());
    const std::string first = in_state(one.home, KeyState::active).life.kid;
    REQUIRE(one.home
                .change([&](const KeyView& view) -> signet::Result<KeyHome::Edit> {
                    KeyLives lives = lives_of(view.keys);
                    CHECK(!revoke(lives, first, {}, view.now_s));
                    return KeyHome::Edit{with_lives(view.keys, lives),
                                         {{"test", "revoke", first, ""}}};
                })
                .has_value());
    one.pass(in_state(one.home, KeyState::revoked).life.remove_after_s.value() - one.clock.now);
    REQUIRE(one.job.tick().has_value());
    for (const StoredKey& key : table->keys) {
        CHECK(key.life.state != KeyState::revoked);
    }
    CHECK(std::ranges::count(table->audit, first, &signet::KeyAudit::kid) == 3);
}
