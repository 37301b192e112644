#include "keys/key_making.hpp"

#include "keys/key_gate.hpp"

#include <utility>

namespace signet::keys {

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
    // Ours too, so that whoever reads a key from its home may count on the gate.
    if (const auto weakness = find_weakness(*key)) {
        return Error(Errc::key_unusable, "a key that was just made " + *weakness);
    }
    return make_stored(*key, key->thumbprint(), codec);
}

}  // namespace signet::keys
