#include "keys/key_codec.hpp"

#include "base/secret.hpp"
#include "keys/key_gate.hpp"

#include <utility>

namespace signet::keys {
namespace {

std::string name_of(std::string_view kid) {
    return "the key " + std::string(kid);
}

// What a sealed private part belongs to, so that it opens nowhere else.
std::string address(std::string_view kid, std::string_view alg) {
    std::string out(kid);
    out += '\0';
    out += alg;
    return out;
}

Error has_none(const StoredKey& stored) {
    return {Errc::key_unusable, name_of(stored.life.kid) + " has no private part"};
}

// The key of a private part, if it is what its row says and of use. That its primes are prime was
// found when it came, and would cost 90 ms to find again; the rest costs some milliseconds.
Result<tokens::KeyPair> open(std::string_view pem, const StoredKey& stored) {
    const std::string name = name_of(stored.life.kid);
    auto key = tokens::KeyPair::from_private_pem(pem);
    if (!key) {
        return Error(Errc::key_unusable, name + ' ' + key.error().log_detail);
    }
    if (auto weakness = find_plain_weakness(*key)) {
        return Error(Errc::key_unusable, name + ' ' + *weakness);
    }
    if (key->alg() != stored.life.alg) {
        return Error(Errc::key_unusable, name + " is not of the algorithm that is recorded");
    }
    const auto other = tokens::KeyPair::from_public_pem(stored.public_part);
    if (!other || other->thumbprint() != key->thumbprint()) {
        return Error(Errc::key_unusable, name + ": its two parts do not belong together");
    }
    return key;
}

}  // namespace

Result<std::string> PlainCodec::encode(const tokens::KeyPair& key, std::string_view kid) const {
    auto pem = key.to_private_pem();
    if (!pem) {
        return Error(pem.error().errc, name_of(kid) + ' ' + pem.error().log_detail);
    }
    return pem;
}

Result<tokens::KeyPair> PlainCodec::decode(const StoredKey& stored) const {
    if (stored.private_part.empty()) {
        return has_none(stored);
    }
    return open(stored.private_part, stored);
}

bool PlainCodec::current(const StoredKey&) const {
    return true;
}

Result<std::string> SealedCodec::encode(const tokens::KeyPair& key, std::string_view kid) const {
    auto pem = key.to_private_pem();
    if (!pem) {
        return Error(pem.error().errc, name_of(kid) + ' ' + pem.error().log_detail);
    }
    const WipeOnExit wiped(*pem);
    return sealer_.seal(*pem, address(kid, key.alg()));
}

Result<tokens::KeyPair> SealedCodec::decode(const StoredKey& stored) const {
    if (stored.private_part.empty()) {
        return has_none(stored);
    }
    auto pem = sealer_.open(stored.private_part, address(stored.life.kid, stored.life.alg));
    if (!pem) {
        return Error(Errc::key_unusable,
                     name_of(stored.life.kid) + ": its private part " + pem.error().log_detail);
    }
    const WipeOnExit wiped(*pem);
    // What opens was sealed by who has the key-encryption key, behind the gate.
    return open(*pem, stored);
}

bool SealedCodec::current(const StoredKey& stored) const {
    return stored.private_part.empty() || sealer_.sealed_by_first(stored.private_part);
}

namespace {

bool is_published(const KeyLife& life, std::int64_t now_s) {
    const bool dead =
        life.state == KeyState::retired && life.remove_after_s && now_s >= *life.remove_after_s;
    return life.state != KeyState::revoked && !dead;
}

// The whole key if it signs or will sign and can be opened, else its public half; nothing when that
// is unfit too.
std::optional<tokens::KeyPair> read_key(const StoredKey& stored, const KeyCodec& codec,
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

Result<tokens::KeySet> make_key_set(const KeyView& view, const KeyCodec& codec,
                                    std::vector<std::string>* warnings) {
    std::vector<std::string> ignored;
    std::vector<std::string>& out = warnings == nullptr ? ignored : *warnings;
    std::vector<tokens::Key> keys;
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
    return tokens::KeySet::arrange(std::move(keys));
}

}  // namespace signet::keys
