#pragma once

#include "keys/rotation.hpp"
#include "keys/sealing.hpp"
#include "tokens/key_pair.hpp"
#include "tokens/key_set.hpp"

#include <signet/domain/signing_key.hpp>
#include <signet/ports/key_home.hpp>
#include <signet/result.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Makes and reads the parts of keys as their home stores them, and applies what rotation decided.
namespace signet::keys {

// Makes and reads the private part of a StoredKey. Each kind of home has its own. Thread-safe.
// Errors are key_unusable, with a sentence in log_detail that names the kid.
class KeyCodec {
public:
    virtual ~KeyCodec() = default;

    // Makes the private part of `key` under this kid. The caller wipes it.
    virtual Result<std::string> encode(const tokens::KeyPair& key, std::string_view kid) const = 0;

    // Reads the whole key. It signs and verifies, is of the row's alg and is the other half of its
    // public part. It does not go through the gate, which takes some 90 ms for RSA-2048, because it
    // did so when it was stored.
    virtual Result<tokens::KeyPair> decode(const StoredKey& stored) const = 0;

    // Returns whether encode() would still make the private part in this way. If not, rewrap has it
    // made anew.
    virtual bool current(const StoredKey& stored) const = 0;
};

// Plain PEM, for a directory whose files nobody else may read.
class PlainCodec final : public KeyCodec {
public:
    Result<std::string> encode(const tokens::KeyPair& key, std::string_view kid) const override;
    Result<tokens::KeyPair> decode(const StoredKey& stored) const override;
    bool current(const StoredKey& stored) const override;
};

// Sealed PEM, for PostgreSQL.
class SealedCodec final : public KeyCodec {
public:
    explicit SealedCodec(Sealer sealer) : sealer_(std::move(sealer)) {}
    Result<std::string> encode(const tokens::KeyPair& key, std::string_view kid) const override;
    Result<tokens::KeyPair> decode(const StoredKey& stored) const override;
    bool current(const StoredKey& stored) const override;

private:
    Sealer sealer_;
};

// Makes the set of what a home holds, without revoked keys and without retired ones that are dead
// at view.now_s. A key whose private part cannot be opened is published, but the set cannot sign
// with it; a key whose public part is unfit is left out. Each of these cases adds a sentence to
// `warnings`. The error is key_unusable, if two keys have the same kid or two are active.
Result<tokens::KeySet> make_key_set(const KeyView& view, const KeyCodec& codec,
                                    std::vector<std::string>* warnings);

// How new keys are made.
struct KeyMaking {
    // AUTH_SIGNING_ALG if the operator set it. Otherwise a new key is of the algorithm of the
    // active one, and the first key is RS256.
    std::optional<std::string> alg;
    unsigned rsa_bits = tokens::kRsaBitsDefault;  // AUTH_RSA_BITS
};

// Returns the algorithm of the next new key.
std::string choose_alg(const KeyMaking& making, const KeyLives& lives);

// Makes both parts of `key` under `kid`. Only kid and alg of the result's life are filled in. The
// caller wipes the private part. Errors: key_unusable, internal.
Result<StoredKey> make_stored(const tokens::KeyPair& key, std::string_view kid,
                              const KeyCodec& codec);

// Makes a new key, whose kid is its thumbprint. The caller holds no lock, because RSA is slow.
Result<StoredKey> make_new_key(std::string_view alg, unsigned rsa_bits, const KeyCodec& codec);

// Returns the row of this kid, or null.
const StoredKey* find_stored(const StoredKeys& keys, std::string_view kid);

// Wipes every private part.
void wipe_private_parts(StoredKeys& keys);

// Returns the lives of stored keys, for the functions of rotation.hpp.
KeyLives lives_of(const StoredKeys& keys);

// Returns the stored keys with the lives that rotation gave them. Keys that have none any more are
// left out, retired and revoked ones lose their private part, and the key that is new gets its
// parts from `fresh`.
StoredKeys with_lives(const StoredKeys& keys, const KeyLives& lives,
                      const std::optional<StoredKey>& fresh = std::nullopt);

// Returns the kids of all rows that hold the same key as the row of `kid`, that one first, or none
// if there is no such row. A key may be published under our kid and under that of a predecessor.
std::vector<std::string> kids_of_same_key(const StoredKeys& keys, std::string_view kid);

}  // namespace signet::keys
