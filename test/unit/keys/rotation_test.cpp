#include "keys/rotation.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace signet;
using namespace signet::keys;

namespace {

constexpr RotationPolicy kPolicy{
    .period_s = 30 * 86400, .publish_ahead_s = 3600, .tokens_ttl_s = 900};
constexpr std::int64_t kKeepS = 900 + kKeepBeyondTokensS;

// The policy of a server whose tokens live for so long.
RotationPolicy policy_of(std::int64_t tokens_ttl_s) {
    RotationPolicy policy = kPolicy;
    policy.tokens_ttl_s = tokens_ttl_s;
    return policy;
}

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
    CHECK(of(keys, "a").remove_after_s == 5000 + kKeepS);
    CHECK(next_key(keys) == nullptr);
    CHECK(promote(keys, kPolicy, 9000) == RotationFault::no_next);
}

TEST_CASE(
    "a retired key outlives the longest token that it signed, whoever promotes its successor") {
    for (const std::int64_t promoter_ttl_s : {60, 900, 7200}) {
        KeyLives keys = two_keys();
        CHECK(raise_tokens_ttl(keys, policy_of(3600)) == std::vector<std::string>{"a", "b"});
        CHECK(!promote(keys, policy_of(promoter_ttl_s), 5000));
        CHECK(of(keys, "a").remove_after_s ==
              5000 + std::max<std::int64_t>(3600, promoter_ttl_s) + kKeepBeyondTokensS);
    }
}

TEST_CASE(
    "how long tokens live is recorded with a new key, raised when needed, and never lowered") {
    KeyLives keys = two_keys();
    CHECK(of(keys, "a").tokens_ttl_s == 900);
    CHECK_FALSE(needs_raise(keys, policy_of(900)));
    CHECK_FALSE(needs_raise(keys, policy_of(60)));
    CHECK(raise_tokens_ttl(keys, policy_of(60)).empty());
    CHECK(needs_raise(keys, policy_of(901)));
    CHECK(raise_tokens_ttl(keys, policy_of(901)).size() == 2);
    CHECK_FALSE(needs_raise(keys, policy_of(901)));
    CHECK(!promote(keys, kPolicy, 5000));
    CHECK(raise_tokens_ttl(keys, policy_of(3600)) == std::vector<std::string>{"b"});
    CHECK(of(keys, "a").tokens_ttl_s == 901);
}

TEST_CASE("a revoked key is forgotten once its tokens would be dead") {
    KeyLives keys = two_keys();
    CHECK(!revoke(keys, "a", kPolicy, 2000));
    CHECK(due(keys, kPolicy, 2000 + kKeepS - 1) != Due::remove);
    CHECK(remove_dead(keys, 2000 + kKeepS - 1) == 0);
    CHECK(due(keys, kPolicy, 2000 + kKeepS) == Due::remove);
    CHECK(remove_dead(keys, 2000 + kKeepS) == 1);
    CHECK(keys.size() == 1);
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
    CHECK(next_rotation_s(keys, kPolicy) == end);
    CHECK(!promote(keys, kPolicy, end));
    CHECK(due(keys, kPolicy, end) == Due::stage);
    CHECK(due(keys, kPolicy, end + kKeepS) == Due::remove);
}

TEST_CASE("a next key that is too young is waited for, however old the active key is") {
    KeyLives keys;
    CHECK(!stage(keys, "a", "RS256", kPolicy, 1000));
    const std::int64_t late = 1000 + 2 * *kPolicy.period_s;
    CHECK(!stage(keys, "b", "RS256", kPolicy, late));
    CHECK(due(keys, kPolicy, late + kPolicy.publish_ahead_s - 1) == Due::nothing);
    CHECK(due(keys, kPolicy, late + kPolicy.publish_ahead_s) == Due::promote);
    CHECK(next_rotation_s(keys, kPolicy) == late + kPolicy.publish_ahead_s);
}

TEST_CASE("without a period nothing is staged or promoted by itself, but dead keys go") {
    RotationPolicy by_hand = kPolicy;
    by_hand.period_s = std::nullopt;
    KeyLives keys;
    CHECK(due(keys, by_hand, 1000) == Due::first_key);
    CHECK(!stage(keys, "a", "RS256", by_hand, 1000));
    CHECK(due(keys, by_hand, 1'000'000'000) == Due::nothing);
    CHECK(!next_rotation_s(keys, by_hand));
    CHECK(!stage(keys, "b", "RS256", by_hand, 1000));
    CHECK(!promote(keys, by_hand, 10'000));
    CHECK(due(keys, by_hand, 10'000 + kKeepS) == Due::remove);
}
