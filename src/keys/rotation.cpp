#include "keys/rotation.hpp"

#include <algorithm>
#include <utility>

namespace signet::keys {
namespace {

KeyLife* find_kid(KeyLives& keys, std::string_view kid) {
    const auto found = std::find_if(keys.begin(), keys.end(),
                                    [kid](const KeyLife& key) { return key.kid == kid; });
    return found == keys.end() ? nullptr : &*found;
}

// Returns a pointer to a constant life if the lives are constant.
auto* find_state(auto& keys, KeyState state) {
    const auto found =
        std::ranges::find_if(keys, [state](const KeyLife& key) { return key.state == state; });
    return found == keys.end() ? nullptr : &*found;
}

bool is_dead(const KeyLife& key, std::int64_t now_s) {
    const bool ended = key.state == KeyState::retired || key.state == KeyState::revoked;
    return ended && key.remove_after_s && now_s >= *key.remove_after_s;
}

// Returns when the last token of a key that signs no more has expired for every verifier. The
// server that retires the key may sign tokens of a shorter or a longer lifetime than another server
// did.
std::int64_t last_token_dead_s(const KeyLife& key, const RotationPolicy& policy,
                               std::int64_t now_s) {
    return now_s + std::max(key.tokens_ttl_s, policy.tokens_ttl_s) + kKeepBeyondTokensS;
}

bool is_short_of(const KeyLife& key, const RotationPolicy& policy) {
    const bool signs = key.state == KeyState::active || key.state == KeyState::next;
    return signs && key.tokens_ttl_s < policy.tokens_ttl_s;
}

void activate(KeyLife& key, std::int64_t now_s) {
    key.state = KeyState::active;
    key.activated_at_s = now_s;
}

}  // namespace

const KeyLife* active_key(const KeyLives& keys) {
    return find_state(keys, KeyState::active);
}
const KeyLife* next_key(const KeyLives& keys) {
    return find_state(keys, KeyState::next);
}

std::optional<RotationFault> stage(KeyLives& keys, std::string_view kid, std::string_view alg,
                                   const RotationPolicy& policy, std::int64_t now_s) {
    if (find_kid(keys, kid) != nullptr) {
        return RotationFault::kid_taken;
    }
    if (next_key(keys) != nullptr) {
        return RotationFault::next_exists;
    }
    KeyLife key{.kid = std::string(kid),
                .alg = std::string(alg),
                .created_at_s = now_s,
                .published_at_s = now_s,
                .active_after_s = now_s + policy.publish_ahead_s,
                .tokens_ttl_s = policy.tokens_ttl_s};
    if (active_key(keys) == nullptr) {
        // Nobody holds a token of this server yet, so there is no consumer to wait for.
        key.active_after_s = now_s;
        activate(key, now_s);
    }
    keys.push_back(std::move(key));
    return std::nullopt;
}

std::optional<RotationFault> publish_foreign(KeyLives& keys, std::string_view kid,
                                             std::string_view alg, std::int64_t until_s,
                                             std::int64_t now_s) {
    if (find_kid(keys, kid) != nullptr) {
        return RotationFault::kid_taken;
    }
    keys.push_back({.kid = std::string(kid),
                    .alg = std::string(alg),
                    .state = KeyState::retired,
                    .foreign = true,
                    .created_at_s = now_s,
                    .published_at_s = now_s,
                    .active_after_s = now_s,
                    .retired_at_s = now_s,
                    .remove_after_s = until_s});
    return std::nullopt;
}

std::int64_t seconds_too_young(const KeyLives& keys, std::int64_t now_s) {
    const KeyLife* next = next_key(keys);
    return next == nullptr ? 0 : std::max<std::int64_t>(0, next->active_after_s - now_s);
}

std::optional<RotationFault> promote(KeyLives& keys, const RotationPolicy& policy,
                                     std::int64_t now_s, bool force) {
    KeyLife* next = find_state(keys, KeyState::next);
    if (next == nullptr) {
        return RotationFault::no_next;
    }
    if (!force && now_s < next->active_after_s) {
        return RotationFault::too_young;
    }
    if (KeyLife* active = find_state(keys, KeyState::active)) {
        active->state = KeyState::retired;
        active->retired_at_s = now_s;
        active->remove_after_s = last_token_dead_s(*active, policy, now_s);
    }
    activate(*next, now_s);
    return std::nullopt;
}

std::optional<RotationFault> retire(KeyLives& keys, std::string_view kid) {
    const KeyLife* key = find_kid(keys, kid);
    if (key == nullptr) {
        return RotationFault::unknown_key;
    }
    if (key->state != KeyState::next) {
        return RotationFault::not_next;
    }
    std::erase_if(keys, [kid](const KeyLife& each) { return each.kid == kid; });
    return std::nullopt;
}

std::optional<RotationFault> revoke(KeyLives& keys, std::string_view kid,
                                    const RotationPolicy& policy, std::int64_t now_s) {
    KeyLife* key = find_kid(keys, kid);
    if (key == nullptr) {
        return RotationFault::unknown_key;
    }
    if (key->state == KeyState::revoked) {
        return RotationFault::already_revoked;
    }
    if (key->state == KeyState::active) {
        KeyLife* next = find_state(keys, KeyState::next);
        if (next == nullptr) {
            return RotationFault::no_successor;
        }
        activate(*next, now_s);
    }
    key->state = KeyState::revoked;
    key->retired_at_s = now_s;
    // The row is kept as a record of why the key's tokens are refused.
    key->remove_after_s = last_token_dead_s(*key, policy, now_s);
    return std::nullopt;
}

bool needs_raise(const KeyLives& keys, const RotationPolicy& policy) {
    return std::ranges::any_of(keys,
                               [&policy](const KeyLife& key) { return is_short_of(key, policy); });
}

std::vector<std::string> raise_tokens_ttl(KeyLives& keys, const RotationPolicy& policy) {
    std::vector<std::string> raised;
    for (KeyLife& key : keys) {
        if (is_short_of(key, policy)) {
            key.tokens_ttl_s = policy.tokens_ttl_s;
            raised.push_back(key.kid);
        }
    }
    return raised;
}

std::size_t remove_dead(KeyLives& keys, std::int64_t now_s) {
    return std::erase_if(keys, [now_s](const KeyLife& key) { return is_dead(key, now_s); });
}

Due due(const KeyLives& keys, const RotationPolicy& policy, std::int64_t now_s) {
    const KeyLife* active = active_key(keys);
    if (active == nullptr) {
        return next_key(keys) == nullptr ? Due::first_key : Due::promote;
    }
    if (std::any_of(keys.begin(), keys.end(),
                    [now_s](const KeyLife& key) { return is_dead(key, now_s); })) {
        return Due::remove;
    }
    if (!policy.period_s) {
        return Due::nothing;
    }
    const KeyLife* next = next_key(keys);
    if (next == nullptr) {
        return Due::stage;
    }
    const bool has_had_its_time = now_s >= active->activated_at_s.value_or(0) + *policy.period_s;
    return has_had_its_time && now_s >= next->active_after_s ? Due::promote : Due::nothing;
}

std::optional<std::int64_t> next_rotation_s(const KeyLives& keys, const RotationPolicy& policy) {
    const KeyLife* const active = active_key(keys);
    const KeyLife* const next = next_key(keys);
    if (active == nullptr || !policy.period_s) {
        return std::nullopt;
    }
    return std::max(active->activated_at_s.value_or(0) + *policy.period_s,
                    next == nullptr ? 0 : next->active_after_s);
}

std::string_view explain(RotationFault fault) {
    switch (fault) {
        case RotationFault::kid_taken:
            return "there is a key of this kid already";
        case RotationFault::next_exists:
            return "there is a next key already; promote it or take it back first";
        case RotationFault::no_next:
            return "there is no next key; stage one first";
        case RotationFault::too_young:
            return "the next key was published too short a time ago: consumers would refuse its "
                   "tokens";
        case RotationFault::unknown_key:
            return "there is no key of this kid";
        case RotationFault::not_next:
            return "only a next key can be taken back; revoke is for the others";
        case RotationFault::no_successor:
            return "the active key has no successor yet";
        case RotationFault::already_revoked:
            return "the key is revoked already";
    }
    return "the life of this key does not allow it";
}

}  // namespace signet::keys
