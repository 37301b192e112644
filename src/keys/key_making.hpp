#pragma once

#include "keys/key_codec.hpp"
#include "keys/rotation.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace signet::keys {

// What a new key is made like.
struct KeyMaking {
    // AUTH_SIGNING_ALG where the operator set it; else a new key is of the active key's algorithm,
    // and the first one RS256.
    std::optional<std::string> alg;
    unsigned rsa_bits = tokens::kRsaBitsDefault;  // AUTH_RSA_BITS
};

std::string choose_alg(const KeyMaking& making, const KeyLives& lives);

// Both parts of `key` under `kid`, its life still to be filled in but for kid and alg. Wipe the
// private part after use. Errors: key_unusable, internal.
Result<StoredKey> make_stored(const tokens::KeyPair& key, std::string_view kid,
                              const KeyCodec& codec);

// A new key whose kid is its thumbprint. Slow for RSA: hold no lock.
Result<StoredKey> make_new_key(std::string_view alg, unsigned rsa_bits, const KeyCodec& codec);

}  // namespace signet::keys
