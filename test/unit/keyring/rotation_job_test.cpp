#include "keyring/rotation_job.hpp"

#include "keyring/stored_edit.hpp"
#include "support/fake_key_home.hpp"
#include "support/forge.hpp"
#include "support/stored_pairs.hpp"

#include <signet/service/sign_in.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace signet::keyring;
using namespace signet::test;
using signet::KeyHome;
using signet::KeyState;
using signet::KeyView;
using signet::StoredKey;
using std::chrono::seconds;

namespace {

std::chrono::steady_clock::time_point steady{seconds(1000)};

std::chrono::steady_clock::time_point steady_now() {
    return steady;
}

class HandClock final : public signet::Clock {
public:
    std::int64_t now_s() const override { return now; }
    std::int64_t now = kNow;
};

Sealer sealer(char filler) {
    return std::move(*Sealer::make({std::string(32, filler)}));
}

// One process with a job: a replica, if others have the same table.
struct Replica {
    explicit Replica(std::shared_ptr<FakeKeyTable> table, char kek = 'a',
                     std::int64_t tokens_ttl_s = 170)
        : ttl_s(tokens_ttl_s),
          home(std::move(table)),
          codec(sealer(kek)),
          ring(KeySet(), options(tokens_ttl_s)),
          job({home,
               codec,
               ring,
               {.period_s = 1000, .publish_ahead_s = 100, .tokens_ttl_s = tokens_ttl_s},
               {std::string(kEs256), 2048},
               [this](const KeyEvent& event) { events.push_back(event); },
               &clock}) {}

    static KeyringOptions options(std::int64_t tokens_ttl_s) {
        KeyringOptions out;
        out.issuer = kIssuer;
        out.ttl_s_max = tokens_ttl_s;
        out.steady_now = &steady_now;
        return out;
    }

    // Time goes by, for everybody.
    void pass(std::int64_t s) {
        home.advance(s);
        clock.now += s;
        steady += seconds(s);
    }
    // A token as it would be issued now.
    signet::Result<std::string> issue() const {
        auto claims = good_claims();
        claims.issued_at_s = clock.now - signet::kIssuedAtBackdateS;
        claims.expires_at_s = clock.now + ttl_s;
        return ring.sign(claims);
    }
    std::size_t published() const { return ring.list().size(); }

    std::int64_t ttl_s = 170;
    FakeKeyHome home;
    SealedCodec codec;
    Keyring ring;
    HandClock clock;
    std::vector<KeyEvent> events;
    RotationJob job;
};

std::shared_ptr<FakeKeyTable> new_table() {
    auto table = std::make_shared<FakeKeyTable>();
    table->now_s = kNow;
    return table;
}

StoredKey in_state(FakeKeyHome& home, KeyState state) {
    const KeyView view = *home.load();
    for (const StoredKey& key : view.keys) {
        if (key.life.state == state) {
            return key;
        }
    }
    FAIL("no key is in that state");
    return {};
}

}  // namespace

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
