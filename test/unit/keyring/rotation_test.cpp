#include "keyring/rotation.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>

using namespace signet;
using namespace signet::keyring;

namespace {

constexpr std::int64_t kTokenTtlS = 900;
constexpr std::int64_t kLeewayS = 60;
constexpr RotationPolicy kPolicy{.period_s = 30 * 86400, .publish_ahead_s = 3600, .keep_s = 1020};

// One key that signs since 1000, and one that was staged at 1000 too.
KeyLives two_keys() {
    KeyLives keys;
    CHECK(!stage(keys, "a", "RS256", kPolicy, 1000));
    CHECK(!stage(keys, "b", "RS256", kPolicy, 1000));
    return keys;
}

const KeyLife& of(const KeyLives& keys, std::string_view kid) {
    return *std::ranges::find(keys, kid, &KeyLife::kid);
}

}  // namespace

TEST_CASE("the first key signs at once, the second waits until every consumer has seen it") {
    const KeyLives keys = two_keys();
    CHECK(of(keys, "a").state == KeyState::active);
    CHECK(of(keys, "b").state == KeyState::next);
    CHECK(of(keys, "b").active_after_s == 1000 + kPolicy.publish_ahead_s);
}

TEST_CASE("a promotion before its time is refused, and says for how long") {
    KeyLives keys = two_keys();
    CHECK(promote(keys, kPolicy, 4599) == RotationFault::too_young);
    CHECK(seconds_too_young(keys, 4599) == 1);
    CHECK(!promote(keys, kPolicy, 4600));
    CHECK(seconds_too_young(keys, 4600) == 0);
}

TEST_CASE("a promotion by force needs no age") {
    KeyLives keys = two_keys();
    CHECK(!promote(keys, kPolicy, 1001, true));
    CHECK(active_key(keys)->kid == "b");
}

TEST_CASE("a promotion retires the active key until its last token is dead, and stages nothing") {
    KeyLives keys = two_keys();
    CHECK(!promote(keys, kPolicy, 5000));
    CHECK(of(keys, "a").state == KeyState::retired);
    CHECK(of(keys, "a").remove_after_s == 5000 + kPolicy.keep_s);
    CHECK(next_key(keys) == nullptr);
    CHECK(promote(keys, kPolicy, 9000) == RotationFault::no_next);
}

TEST_CASE("there is one next key at most, and a kid stands once in whatever state") {
    KeyLives keys = two_keys();
    CHECK(stage(keys, "c", "RS256", kPolicy, 1001) == RotationFault::next_exists);
    CHECK(!promote(keys, kPolicy, 5000));
    CHECK(stage(keys, "a", "RS256", kPolicy, 5001) == RotationFault::kid_taken);
}

TEST_CASE("a next key can be taken back, any other cannot") {
    KeyLives keys = two_keys();
    CHECK(retire(keys, "a") == RotationFault::not_next);
    CHECK(retire(keys, "x") == RotationFault::unknown_key);
    CHECK(!retire(keys, "b"));
    CHECK(keys.size() == 1);
}

TEST_CASE("a revoked active key is followed by the next one at once, whatever its age") {
    KeyLives keys = two_keys();
    CHECK(!revoke(keys, "a", kPolicy, 1001));
    CHECK(of(keys, "a").state == KeyState::revoked);
    CHECK(active_key(keys)->kid == "b");
    CHECK(revoke(keys, "a", kPolicy, 1002) == RotationFault::already_revoked);
}

TEST_CASE("the only key that signs cannot be revoked before another one is staged") {
    KeyLives keys = two_keys();
    CHECK(!retire(keys, "b"));
    CHECK(revoke(keys, "a", kPolicy, 2000) == RotationFault::no_successor);
    CHECK(active_key(keys)->kid == "a");
}

TEST_CASE("a predecessor's key is published until its date and never signs") {
    KeyLives keys;
    CHECK(!publish_foreign(keys, "old", "RS256", 9000, 1000));
    CHECK(active_key(keys) == nullptr);
    CHECK(due(keys, kPolicy, 1000) == Due::first_key);
    CHECK(remove_dead(keys, 8999) == 0);
    CHECK(remove_dead(keys, 9000) == 1);
}

TEST_CASE("what is due: a first key, a next key, the promotion, the removal") {
    KeyLives keys;
    CHECK(due(keys, kPolicy, 1000) == Due::first_key);
    CHECK(!stage(keys, "a", "RS256", kPolicy, 1000));
    CHECK(due(keys, kPolicy, 1000) == Due::stage);
    CHECK(!stage(keys, "b", "RS256", kPolicy, 1000));
    const std::int64_t end = 1000 + *kPolicy.period_s;
    CHECK(due(keys, kPolicy, end - 1) == Due::nothing);
    CHECK(due(keys, kPolicy, end) == Due::promote);
    CHECK(!promote(keys, kPolicy, end));
    CHECK(due(keys, kPolicy, end) == Due::stage);
    CHECK(due(keys, kPolicy, end + kPolicy.keep_s) == Due::remove);
}

TEST_CASE("a next key that is too young is waited for, however old the active key is") {
    KeyLives keys;
    CHECK(!stage(keys, "a", "RS256", kPolicy, 1000));
    const std::int64_t late = 1000 + 2 * *kPolicy.period_s;
    CHECK(!stage(keys, "b", "RS256", kPolicy, late));
    CHECK(due(keys, kPolicy, late + kPolicy.publish_ahead_s - 1) == Due::nothing);
    CHECK(due(keys, kPolicy, late + kPolicy.publish_ahead_s) == Due::promote);
}

TEST_CASE("without a period nothing is staged or promoted by itself, but dead keys go") {
    RotationPolicy by_hand = kPolicy;
    by_hand.period_s = std::nullopt;
    KeyLives keys;
    CHECK(due(keys, by_hand, 1000) == Due::first_key);
    CHECK(!stage(keys, "a", "RS256", by_hand, 1000));
    CHECK(due(keys, by_hand, 1'000'000'000) == Due::nothing);
    CHECK(!stage(keys, "b", "RS256", by_hand, 1000));
    CHECK(!promote(keys, by_hand, 10'000));
    CHECK(due(keys, by_hand, 10'000 + by_hand.keep_s) == Due::remove);
}

namespace {

// A random history of rotation, and of the tokens that were signed meanwhile.
class History {
public:
    explicit History(unsigned seed) : random_(seed) {}

    void step() {
        now_ += below(3) == 0 ? below(40 * 86400) : below(2000);
        if (below(3) == 0) {
            do_what_is_due();
        } else {
            interfere();
        }
        check();
        sign();
    }

private:
    std::int64_t below(std::int64_t limit) {
        return std::uniform_int_distribution<std::int64_t>(0, limit - 1)(random_);
    }
    std::string fresh_kid() { return "key-" + std::to_string(++made_); }
    std::string some_kid() {
        return keys_.empty()
                   ? "none"
                   : keys_[static_cast<std::size_t>(below(static_cast<std::int64_t>(keys_.size())))]
                         .kid;
    }

    void do_what_is_due() {
        switch (due(keys_, kPolicy, now_)) {
            case Due::first_key:
            case Due::stage:
                CHECK(!stage(keys_, fresh_kid(), "RS256", kPolicy, now_));
                break;
            case Due::promote:
                CHECK(!promote(keys_, kPolicy, now_));
                break;
            case Due::remove:
                remove_dead(keys_, now_);
                break;
            case Due::nothing:
                break;
        }
    }

    // What operators and other replicas do, in season and out of it.
    void interfere() {
        const KeyLives before = keys_;
        std::optional<RotationFault> fault;
        switch (below(6)) {
            case 0:
                fault = stage(keys_, fresh_kid(), "RS256", kPolicy, now_);
                break;
            case 1:
                fault = promote(keys_, kPolicy, now_);
                break;
            case 2:
                fault = retire(keys_, some_kid());
                break;
            case 3:
                remove_dead(keys_, now_);
                break;
            case 4:
                fault = publish_foreign(keys_, fresh_kid(), "RS256", now_ + below(5000), now_);
                break;
            default:
                if (below(10) == 0) {
                    revoke_some(fault);
                }
        }
        if (fault) {
            CHECK(keys_ == before);
        }
    }

    void revoke_some(std::optional<RotationFault>& fault) {
        const std::string kid = some_kid();
        fault = revoke(keys_, kid, kPolicy, now_);
        if (!fault && active_key(keys_) != nullptr) {
            hurried_ = active_key(keys_)->kid;
            last_expiry_.erase(kid);  // its tokens are meant to be refused
        }
    }

    void check() {
        const auto count = [this](KeyState state) {
            return std::ranges::count(keys_, state, &KeyLife::state);
        };
        had_a_key_ = had_a_key_ || count(KeyState::active) > 0;
        CHECK(count(KeyState::active) == (had_a_key_ ? 1 : 0));
        CHECK(count(KeyState::next) <= 1);
        for (const auto& [kid, expiry] : last_expiry_) {
            if (now_ < expiry + kLeewayS) {
                const auto found = std::ranges::find(keys_, kid, &KeyLife::kid);
                REQUIRE(found != keys_.end());
                CHECK(found->state != KeyState::next);
            }
        }
    }

    void sign() {
        const KeyLife* active = active_key(keys_);
        if (active == nullptr) {
            return;
        }
        CHECK(!active->foreign);
        if (active->kid != hurried_) {
            CHECK(now_ >= active->active_after_s);
        }
        last_expiry_[active->kid] = now_ + kTokenTtlS;
    }

    std::mt19937 random_;
    std::int64_t now_ = 1'000'000;
    int made_ = 0;
    bool had_a_key_ = false;
    std::string hurried_;  // what took the place of a revoked key before its time
    KeyLives keys_;
    std::map<std::string, std::int64_t> last_expiry_;  // of the tokens that a key signed
};

}  // namespace

TEST_CASE(
    "in no history are there two active keys, a signature too early, or a removal too early") {
    for (unsigned seed = 1; seed <= 300; ++seed) {
        CAPTURE(seed);
        History history(seed);
        for (int i = 0; i < 200; ++i) {
            history.step();
        }
    }
}
