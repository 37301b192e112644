#include "keyring/key_set.hpp"

#include "jose/jwk.hpp"
#include "keyring/key_gate.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace signet {
namespace {

constexpr std::array<std::pair<KeyState, std::string_view>, 4> kStateNames{
    {{KeyState::active, "active"},
     {KeyState::next, "next"},
     {KeyState::retired, "retired"},
     {KeyState::revoked, "revoked"}}};

}  // namespace

std::string_view to_string(KeyState state) {
    const auto* found =
        std::ranges::find(kStateNames, state, [](const auto& row) { return row.first; });
    return found == kStateNames.end() ? "unknown" : found->second;
}

std::optional<KeyState> read_key_state(std::string_view name) {
    const auto* found =
        std::ranges::find(kStateNames, name, [](const auto& row) { return row.second; });
    return found == kStateNames.end() ? std::nullopt : std::optional(found->first);
}

}  // namespace signet

namespace signet::keyring {
namespace {

bool is_published(const KeyLife& life, std::int64_t now_s) {
    const bool dead =
        life.state == KeyState::retired && life.remove_after_s && now_s >= *life.remove_after_s;
    return life.state != KeyState::revoked && !dead;
}

// The whole key if it signs or will sign and can be opened, else its public half; nothing when that
// is unfit too.
std::optional<KeyPair> read_key(const StoredKey& stored, const KeyCodec& codec,
                                std::vector<std::string>& warnings) {
    const bool signs = stored.life.state == KeyState::active || stored.life.state == KeyState::next;
    if (signs && !stored.private_part.empty()) {
        auto whole = codec.decode(stored);
        if (whole) {
            return std::move(*whole);
        }
        warnings.push_back(whole.error().log_detail);
    }
    auto half = load_public_key(stored.public_part, "the public part of " + stored.life.kid);
    if (!half) {
        warnings.push_back(half.error().log_detail);
        return std::nullopt;
    }
    if (half->alg() != stored.life.alg) {
        warnings.push_back("the key " + stored.life.kid +
                           " is not of the algorithm that is recorded, and is not published");
        return std::nullopt;
    }
    return std::move(*half);
}

}  // namespace

Result<KeySet> KeySet::arrange(std::vector<Key> keys) {
    std::ranges::sort(keys, [](const Key& a, const Key& b) {
        return std::tie(a.state, a.created_at_s, a.kid) < std::tie(b.state, b.created_at_s, b.kid);
    });
    const auto active = std::ranges::count(keys, KeyState::active, &Key::state);
    if (active > 1) {
        return Error(Errc::no_signing_key,
                     "exactly one key has to be active, but " + std::to_string(active) + " are");
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

Result<KeySet> make_key_set(const KeyView& view, const KeyCodec& codec,
                            std::vector<std::string>* warnings) {
    std::vector<std::string> ignored;
    std::vector<std::string>& out = warnings == nullptr ? ignored : *warnings;
    std::vector<Key> keys;
    keys.reserve(view.keys.size());
    for (const StoredKey& stored : view.keys) {
        const KeyLife& life = stored.life;
        if (!is_published(life, view.now_s)) {
            continue;
        }
        auto key = read_key(stored, codec, out);
        if (!key) {
            continue;
        }
        if (life.state == KeyState::active && !key->has_private()) {
            out.push_back("the active key " + life.kid +
                          " cannot be used, so nothing can be signed; it stays published");
        }
        keys.push_back({life.kid, life.alg, life.state, life.created_at_s, std::move(*key),
                        life.state == KeyState::retired ? life.remove_after_s : std::nullopt,
                        life.foreign, life.tokens_ttl_s});
    }
    return KeySet::arrange(std::move(keys));
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
    return jose::write_jwk_set(published);
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

}  // namespace signet::keyring
