#pragma once

#include "keys/sealing.hpp"
#include "tokens/key_pair.hpp"
#include "tokens/key_set.hpp"

#include <signet/domain/signing_key.hpp>
#include <signet/ports/key_home.hpp>
#include <signet/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace signet::keys {

// How the private part of a StoredKey is made and read. Thread-safe. Errors are key_unusable,
// with a sentence in log_detail that names the kid.
class KeyCodec {
public:
    virtual ~KeyCodec() = default;

    // The private part of `key` under this kid. Wipe it after use.
    virtual Result<std::string> encode(const tokens::KeyPair& key, std::string_view kid) const = 0;

    // The whole key. It signs and verifies, is of the row's alg and the other half of its public
    // part. The gate is not asked again, which takes some 90 ms for RSA-2048: a key passes it when
    // it comes to its home.
    virtual Result<tokens::KeyPair> decode(const StoredKey& stored) const = 0;

    // Whether the private part is kept as encode() would keep it today: what rewrap looks for.
    virtual bool current(const StoredKey& stored) const = 0;
};

// PEM as it is, for a directory whose files nobody else may read.
class PlainCodec final : public KeyCodec {
public:
    Result<std::string> encode(const tokens::KeyPair& key, std::string_view kid) const override;
    Result<tokens::KeyPair> decode(const StoredKey& stored) const override;
    bool current(const StoredKey& stored) const override;
};

// PEM, sealed, for PostgreSQL.
class SealedCodec final : public KeyCodec {
public:
    explicit SealedCodec(Sealer sealer) : sealer_(std::move(sealer)) {}
    Result<std::string> encode(const tokens::KeyPair& key, std::string_view kid) const override;
    Result<tokens::KeyPair> decode(const StoredKey& stored) const override;
    bool current(const StoredKey& stored) const override;

private:
    Sealer sealer_;
};

// The set of what a home holds. Revoked keys, and retired ones that are dead at view.now_s, are
// left out. A key whose private part cannot be opened is published all the same: the set just
// cannot sign with it. A key whose public part is unfit is left out. Each of these adds a sentence
// to `warnings`. Error: key_unusable, when two keys have one kid or two are active.
Result<tokens::KeySet> make_key_set(const KeyView& view, const KeyCodec& codec,
                                    std::vector<std::string>* warnings);

}  // namespace signet::keys
