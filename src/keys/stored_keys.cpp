#include "keys/stored_keys.hpp"

#include "base/secret.hpp"
#include "keys/key_gate.hpp"

#include <algorithm>
#include <utility>

namespace signet::keys {
namespace {

std::string name_of(std::string_view kid) {
    return "the key " + std::string(kid);
}

// Returns what a sealed private part is bound to, so that it opens in no other row.
std::string address(std::string_view kid, std::string_view alg) {
    std::string out(kid);
    out += '\0';
    out += alg;
    return out;
}

Error has_none(const StoredKey& stored) {
    return {Errc::key_unusable, name_of(stored.life.kid) + " has no private part"};
}

// Reads a private part, and checks that it is what its row says and can be used. That its primes
// are prime was checked when it was added, and would take 90 ms to check again; the rest takes some
// milliseconds.
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
    // Whoever sealed it had the key-encryption key, and had checked it by the gate.
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

// Returns the whole key if it signs, or will sign, and can be opened. Otherwise returns its public
// half, or nothing if that is unfit too.
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

std::string choose_alg(const KeyMaking& making, const KeyLives& lives) {
    if (making.alg) {
        return *making.alg;
    }
    const KeyLife* active = active_key(lives);
    return active == nullptr ? std::string(tokens::kRs256) : active->alg;
}

Result<StoredKey> make_stored(const tokens::KeyPair& key, std::string_view kid,
                              const KeyCodec& codec) {
    auto public_part = key.to_public_pem();
    if (!public_part) {
        return public_part.error();
    }
    StoredKey stored;
    stored.life.kid = kid;
    stored.life.alg = key.alg();
    stored.public_part = std::move(*public_part);
    if (key.has_private()) {
        auto private_part = codec.encode(key, kid);
        if (!private_part) {
            return private_part.error();
        }
        stored.private_part = std::move(*private_part);
    }
    return stored;
}

Result<StoredKey> make_new_key(std::string_view alg, unsigned rsa_bits, const KeyCodec& codec) {
    const auto key = tokens::KeyPair::generate(alg, rsa_bits);
    if (!key) {
        return key.error();
    }
    // Our own keys pass the gate too, so that whoever reads a key from its home may count on that.
    if (const auto weakness = find_weakness(*key)) {
        return Error(Errc::key_unusable, "a key that was just made " + *weakness);
    }
    return make_stored(*key, key->thumbprint(), codec);
}

const StoredKey* find_stored(const StoredKeys& keys, std::string_view kid) {
    const auto found =
        std::ranges::find_if(keys, [kid](const StoredKey& key) { return key.life.kid == kid; });
    return found == keys.end() ? nullptr : &*found;
}

void wipe_private_parts(StoredKeys& keys) {
    for (StoredKey& key : keys) {
        wipe(key.private_part);
    }
}

KeyLives lives_of(const StoredKeys& keys) {
    KeyLives lives;
    lives.reserve(keys.size());
    for (const StoredKey& key : keys) {
        lives.push_back(key.life);
    }
    return lives;
}

StoredKeys with_lives(const StoredKeys& keys, const KeyLives& lives,
                      const std::optional<StoredKey>& fresh) {
    StoredKeys out;
    out.reserve(lives.size());
    for (const KeyLife& life : lives) {
        if (const StoredKey* const found = find_stored(keys, life.kid)) {
            out.push_back(*found);
        } else if (fresh) {
            out.push_back(*fresh);
        } else {
            continue;
        }
        out.back().life = life;
        if (life.state == KeyState::retired || life.state == KeyState::revoked) {
            // It never signs again, and whoever reads the stored keys later must not find it.
            wipe(out.back().private_part);
        }
    }
    return out;
}

std::vector<std::string> kids_of_same_key(const StoredKeys& keys, std::string_view kid) {
    const auto thumbprint = [](const StoredKey& key) {
        const auto half = tokens::KeyPair::from_public_pem(key.public_part);
        return half ? half->thumbprint() : std::string();
    };
    const StoredKey* const named = find_stored(keys, kid);
    if (named == nullptr) {
        return {};
    }
    std::vector<std::string> kids{named->life.kid};
    const std::string wanted = thumbprint(*named);
    for (const StoredKey& key : keys) {
        if (key.life.kid != kid && !wanted.empty() && thumbprint(key) == wanted) {
            kids.push_back(key.life.kid);
        }
    }
    return kids;
}

}  // namespace signet::keys
