#include "tokens/key_set.hpp"

#include "tokens/jwk.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace signet::tokens {
Result<KeySet> KeySet::arrange(std::vector<Key> keys) {
    std::ranges::sort(keys, [](const Key& a, const Key& b) {
        return std::tie(a.state, a.created_at_s, a.kid) < std::tie(b.state, b.created_at_s, b.kid);
    });
    const auto active = std::ranges::count(keys, KeyState::active, &Key::state);
    if (active > 1) {
        return Error(Errc::key_unusable,
                     "exactly one key has to be active, but " + std::to_string(active) + " are");
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (keys[i].kid == keys[j].kid) {
                return Error(Errc::key_unusable, "two keys have the kid " + keys[i].kid);
            }
        }
    }
    return KeySet(std::move(keys));
}

Result<KeySet> KeySet::make(std::vector<Key> keys) {
    auto set = arrange(std::move(keys));
    if (!set) {
        return set;
    }
    if (set->keys_.empty() || set->keys_.front().state != KeyState::active) {
        return Error(Errc::no_signing_key, "exactly one key has to be active, but none is");
    }
    if (set->signer() == nullptr) {
        return Error(Errc::no_signing_key, "the active key has no private half");
    }
    return set;
}

const Key* KeySet::signer() const {
    const bool can_sign = !keys_.empty() && keys_.front().state == KeyState::active &&
                          keys_.front().key.has_private();
    return can_sign ? keys_.data() : nullptr;
}

const Key* KeySet::find(std::string_view kid) const {
    const auto found = std::ranges::find(keys_, kid, &Key::kid);
    return found == keys_.end() ? nullptr : &*found;
}

KeySet KeySet::without_dead(std::int64_t now_s) const {
    KeySet left = *this;
    std::erase_if(left.keys_, [now_s](const Key& key) { return key.is_dead(now_s); });
    return left;
}

std::string KeySet::jwks() const {
    std::vector<std::string> published;
    published.reserve(keys_.size());
    for (const Key& key : keys_) {
        published.push_back(key.key.jwk(key.kid));
    }
    return write_jwk_set(published);
}

std::vector<std::string> KeySet::algs() const {
    std::vector<std::string> out;
    for (const Key& key : keys_) {
        if (!key.foreign && std::ranges::find(out, key.alg) == out.end()) {
            out.push_back(key.alg);
        }
    }
    return out;
}

std::vector<KeyInfo> KeySet::list() const {
    std::vector<KeyInfo> out;
    out.reserve(keys_.size());
    for (const Key& key : keys_) {
        out.push_back(
            {key.kid, key.alg, key.key.bits(), key.state, key.created_at_s, key.key.has_private()});
    }
    return out;
}

}  // namespace signet::tokens
