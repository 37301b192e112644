#include "keyring/key_set.hpp"

#include "jose/jwk.hpp"

#include <algorithm>
#include <tuple>

namespace signet::keyring {

std::string_view to_string(KeyState state) {
    switch (state) {
        case KeyState::active:
            return "active";
        case KeyState::next:
            return "next";
        case KeyState::retired:
            return "retired";
    }
    return "unknown";
}

Result<KeySet> KeySet::make(std::vector<Key> keys) {
    std::ranges::sort(keys, [](const Key& a, const Key& b) {
        return std::tie(a.state, a.created_at_s, a.kid) < std::tie(b.state, b.created_at_s, b.kid);
    });
    const auto active = std::ranges::count(keys, KeyState::active, &Key::state);
    if (active != 1) {
        return Error(Errc::no_signing_key,
                     "exactly one key has to be active, but " + std::to_string(active) + " are");
    }
    if (!keys.front().key.has_private()) {
        return Error(Errc::no_signing_key, "the active key has no private half");
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (keys[i].kid == keys[j].kid) {
                return Error(Errc::no_signing_key, "two keys have the kid " + keys[i].kid);
            }
        }
    }
    return KeySet(std::move(keys));
}

const Key* KeySet::find(std::string_view kid) const {
    const auto found = std::ranges::find(keys_, kid, &Key::kid);
    return found == keys_.end() ? nullptr : &*found;
}

std::string KeySet::jwks() const {
    std::vector<jose::RsaJwk> published;
    published.reserve(keys_.size());
    for (const Key& key : keys_) {
        published.push_back({key.kid, key.alg, key.key.n(), key.key.e()});
    }
    return jose::write_jwk_set(published);
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

}  // namespace signet::keyring
