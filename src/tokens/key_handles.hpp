#pragma once

#include "tokens/key_pair.hpp"
#include "tokens/openssl_handles.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace signet::tokens {

inline constexpr std::size_t kEd25519SignatureBytes = 64;

// Fetching an algorithm and setting a context up cost as much as a quarter of a verification, so
// that is done once a key. A context belongs to one call: each call works on a copy.
struct KeyPair::Handles {
    PkeyPtr key;
    PkeyCtxPtr signing;    // empty without a private half, and for Ed25519
    PkeyCtxPtr verifying;  // empty for Ed25519

    bool prepare(bool has_private);

    // Of a digest: PKCS#1 v1.5 or a DER sequence.
    Result<std::string> sign_digest(std::string_view message) const;
    bool verify_digest(std::string_view message, std::string_view signature) const;
    // Of the message itself, in one shot (RFC 8032).
    Result<std::string> sign_whole(std::string_view message) const;
    bool verify_whole(std::string_view message, std::string_view signature) const;
};

}  // namespace signet::tokens
