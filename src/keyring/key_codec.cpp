#include "keyring/key_codec.hpp"

#include "base/secret.hpp"
#include "keyring/key_gate.hpp"

#include <utility>

namespace signet::keyring {
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
    return {Errc::no_signing_key, name_of(stored.life.kid) + " has no private part"};
}

// The key of a private part, if it is what its row says and of use. That its primes are prime was
// found when it came, and would cost 90 ms to find again; the rest costs some milliseconds.
Result<KeyPair> open(std::string_view pem, const StoredKey& stored) {
    const std::string name = name_of(stored.life.kid);
    auto key = KeyPair::from_private_pem(pem);
    if (!key) {
        return Error(Errc::no_signing_key, name + ' ' + key.error().log_detail);
    }
    if (auto weakness = find_plain_weakness(*key)) {
        return Error(Errc::no_signing_key, name + ' ' + *weakness);
    }
    if (key->alg() != stored.life.alg) {
        return Error(Errc::no_signing_key, name + " is not of the algorithm that is recorded");
    }
    const auto other = KeyPair::from_public_pem(stored.public_part);
    if (!other || other->thumbprint() != key->thumbprint()) {
        return Error(Errc::no_signing_key, name + ": its two parts do not belong together");
    }
    return key;
}

}  // namespace

Result<std::string> PlainCodec::encode(const KeyPair& key, std::string_view kid) const {
    auto pem = key.to_private_pem();
    if (!pem) {
        return Error(pem.error().errc, name_of(kid) + ' ' + pem.error().log_detail);
    }
    return pem;
}

Result<KeyPair> PlainCodec::decode(const StoredKey& stored) const {
    if (stored.private_part.empty()) {
        return has_none(stored);
    }
    return open(stored.private_part, stored);
}

bool PlainCodec::current(const StoredKey&) const {
    return true;
}

Result<std::string> SealedCodec::encode(const KeyPair& key, std::string_view kid) const {
    auto pem = key.to_private_pem();
    if (!pem) {
        return Error(pem.error().errc, name_of(kid) + ' ' + pem.error().log_detail);
    }
    const WipeOnExit wiped(*pem);
    return sealer_.seal(*pem, address(kid, key.alg()));
}

Result<KeyPair> SealedCodec::decode(const StoredKey& stored) const {
    if (stored.private_part.empty()) {
        return has_none(stored);
    }
    auto pem = sealer_.open(stored.private_part, address(stored.life.kid, stored.life.alg));
    if (!pem) {
        return Error(Errc::no_signing_key,
                     name_of(stored.life.kid) + ": its private part " + pem.error().log_detail);
    }
    const WipeOnExit wiped(*pem);
    // What opens was sealed by who has the key-encryption key, behind the gate.
    return open(*pem, stored);
}

bool SealedCodec::current(const StoredKey& stored) const {
    return stored.private_part.empty() || sealer_.sealed_by_first(stored.private_part);
}

}  // namespace signet::keyring
