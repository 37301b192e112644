#include "support/rotating_replica.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace signet::keys;
using namespace signet::tokens;
using namespace signet::test;
using signet::KeyState;
using signet::StoredKey;

TEST_CASE("the first tick makes the first key and the next one, and publishes both at once") {
    Replica one(new_table());
    REQUIRE(one.job.tick().has_value());
    CHECK(one.published() == 2);
    CHECK(one.issue().has_value());
    CHECK(one.job.epoch() == one.home.epoch().value());
    CHECK(one.home.audit().size() == 2);
}

TEST_CASE("a tick that finds nothing to do leaves what is served, and keeps the view fresh") {
    Replica one(new_table());
    REQUIRE(one.job.tick().has_value());
    const auto epoch = one.ring.epoch();
    for (int i = 0; i < 5; ++i) {
        one.pass(50);
        REQUIRE(one.job.tick().has_value());
        CHECK(one.issue().has_value());
    }
    CHECK(one.ring.epoch() == epoch);
}

TEST_CASE("keys are promoted in their time, retired, and removed when their tokens are dead") {
    Replica one(new_table());
    REQUIRE(one.job.tick().has_value());
    const std::string first = in_state(one.home, KeyState::active).life.kid;
    const std::string second = in_state(one.home, KeyState::next).life.kid;
    one.pass(1000);
    REQUIRE(one.job.tick().has_value());
    CHECK(in_state(one.home, KeyState::active).life.kid == second);
    const StoredKey retired = in_state(one.home, KeyState::retired);
    CHECK(retired.life.kid == first);
    CHECK(retired.private_part.empty());
    CHECK(one.published() == 3);
    one.pass(300);
    REQUIRE(one.job.tick().has_value());
    CHECK(one.published() == 2);
    CHECK(one.ring.jwks().find(first) == std::string::npos);
}

TEST_CASE("through twenty rotations no token is refused while it lives") {
    Replica one(new_table());
    REQUIRE(one.job.tick().has_value());
    std::vector<std::pair<std::string, std::int64_t>> tokens;
    for (int step = 0; step < 420; ++step) {
        auto claims = good_claims();
        claims.issued_at_s = one.clock.now;
        claims.expires_at_s = one.clock.now + 160;
        const auto token = one.ring.sign(claims);
        REQUIRE(token.has_value());
        tokens.emplace_back(*token, claims.expires_at_s);
        one.pass(50);
        REQUIRE(one.job.tick().has_value());
        std::erase_if(tokens, [&](const auto& each) { return each.second <= one.clock.now; });
        for (const auto& [text, expires_s] : tokens) {
            REQUIRE(one.ring.verify(text, one.clock.now).has_value());
        }
    }
    std::size_t promotions = 0;
    for (const auto& row : one.home.audit()) {
        promotions += row.action == "promote" ? 1U : 0U;
    }
    CHECK(promotions >= 20);
}

TEST_CASE("replicas see each other's changes at their next tick") {
    const auto table = new_table();
    Replica one(table);
    Replica two(table);
    REQUIRE(one.job.tick().has_value());
    REQUIRE(two.job.tick().has_value());
    CHECK(one.ring.jwks() == two.ring.jwks());
    const std::string token = *one.issue();
    CHECK(two.ring.verify(token, kNow).has_value());
}

TEST_CASE("ten replicas that rotate at once make one transition") {
    const auto table = new_table();
    std::vector<std::unique_ptr<Replica>> replicas;
    for (int i = 0; i < 10; ++i) {
        replicas.push_back(std::make_unique<Replica>(table));
    }
    {
        std::vector<std::jthread> threads;
        for (const auto& replica : replicas) {
            threads.emplace_back([&replica] { static_cast<void>(replica->job.tick()); });
        }
    }
    CHECK(table->keys.size() == 2);
    CHECK(table->audit.size() == 2);
    for (const auto& replica : replicas) {
        REQUIRE(replica->job.tick().has_value());
        CHECK(replica->ring.jwks() == replicas[0]->ring.jwks());
    }
}

TEST_CASE("while the home is away the old view counts, and signs for a minute") {
    Replica one(new_table());
    REQUIRE(one.job.tick().has_value());
    one.home.set_outage(signet::Errc::store_unavailable);
    one.pass(kViewAgeMaxS);
    CHECK(one.job.tick().error().errc == signet::Errc::store_unavailable);
    CHECK(one.issue().has_value());
    one.pass(1);
    CHECK_FALSE(one.job.tick().has_value());
    CHECK(one.issue().error().errc == signet::Errc::no_signing_key);
    CHECK(one.published() == 2);
    one.home.set_outage({});
    REQUIRE(one.job.tick().has_value());
    CHECK(one.issue().has_value());
}

TEST_CASE(
    "a replica with another key-encryption key publishes, signs nothing and changes nothing") {
    const auto table = new_table();
    Replica right(table);
    REQUIRE(right.job.tick().has_value());
    Replica wrong(table, 'b');
    REQUIRE(wrong.job.tick().has_value());
    CHECK(wrong.ring.jwks() == right.ring.jwks());
    CHECK_FALSE(wrong.issue().has_value());
    CHECK(wrong.ring.verify(*right.issue(), kNow).has_value());
    REQUIRE_FALSE(wrong.events.empty());
    CHECK(wrong.events[0].text.find(sealer('a').first_id()) != std::string::npos);
    const auto rows = table->audit.size();
    right.pass(2000);
    wrong.clock.now += 2000;
    REQUIRE(wrong.job.tick().has_value());
    CHECK(table->audit.size() == rows);
}

TEST_CASE("a new key is of the active key's algorithm unless the operator names one") {
    const KeyLives lives{{.kid = "a", .alg = "EdDSA", .state = KeyState::active}};
    CHECK(choose_alg({}, lives) == "EdDSA");
    CHECK(choose_alg({}, {}) == "RS256");
    CHECK(choose_alg({"ES256", 2048}, lives) == "ES256");
}

TEST_CASE("a replica publishes nothing before the first key and its successor are both there") {
    const auto table = new_table();
    const std::uint64_t before = table->epoch;
    Replica one(table);
    REQUIRE(one.job.tick().has_value());
    CHECK(table->keys.size() == 2);
    CHECK(table->epoch ==
          before + 1);  // in one change, so nobody can have seen one without the other
}

TEST_CASE("a key that could not be opened is tried again, and is complained about once") {
    const auto table = new_table();
    Replica right(table);
    REQUIRE(right.job.tick().has_value());
    std::vector<std::string> place{std::string(32, 'b')};
    const SealedCodec codec(
        *Sealer::make(place, [&] { return signet::Result<std::vector<std::string>>(place); }));
    Replica late(table, 'b');
    std::vector<KeyEvent> events;
    RotationJob job({late.home,
                     codec,
                     late.ring,
                     {},
                     {},
                     [&events](const KeyEvent& event) { events.push_back(event); },
                     &late.clock});
    REQUIRE(job.tick().has_value());
    const std::size_t complaints = events.size();
    CHECK(complaints > 0);
    REQUIRE(job.tick().has_value());
    CHECK(events.size() == complaints);
    CHECK_FALSE(late.issue().has_value());
    place = {std::string(32, 'a')};
    std::this_thread::sleep_for(kKeksRereadPause);
    REQUIRE(job.tick().has_value());
    CHECK(late.issue().has_value());
}
