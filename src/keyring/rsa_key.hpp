#pragma once

#include <signet/result.hpp>

#include <openssl/types.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace signet::keyring {

inline constexpr unsigned kRsaBitsMin = 2048;
inline constexpr unsigned kRsaBitsMax = 8192;

// An RSA key for RS256 (RSASSA-PKCS1-v1_5 with SHA-256, RFC 7518 section 3.3), the private half
// perhaps absent. Immutable; copies share the key; every method is thread-safe. Errors of the
// factories are no_signing_key, with a half sentence in log_detail that says what is wrong ("is
// encrypted, …") and never holds a byte of the key. Their result has not passed the key gate.
class RsaKey {
public:
    // `bits` within [kRsaBitsMin, kRsaBitsMax], e = 65537. A 2048-bit key takes 0.25 s: call it on
    // no I/O thread.
    static Result<RsaKey> generate(unsigned bits);

    // One PEM block, PKCS#1 or PKCS#8, not encrypted. Never asks a terminal for a passphrase.
    static Result<RsaKey> from_private_pem(std::string_view pem);

    // One PEM block, SubjectPublicKeyInfo or PKCS#1.
    static Result<RsaKey> from_public_pem(std::string_view pem);

    bool has_private() const { return has_private_; }
    std::size_t bits() const;
    const std::string& n() const { return n_; }  // base64url, as it stands in the JWK
    const std::string& e() const { return e_; }
    const std::string& thumbprint() const { return thumbprint_; }  // RFC 7638, SHA-256

    // PKCS#8 text of the private half; wipe it after use. Errors: no_signing_key without one.
    Result<std::string> to_private_pem() const;

    // Errors: no_signing_key without a private half, internal.
    Result<std::string> sign(std::string_view message) const;

    // True for exactly a valid signature, of exactly the modulus' length.
    bool verify(std::string_view message, std::string_view signature) const;

    // For the key gate. Not to be changed through this pointer.
    EVP_PKEY* handle() const;

private:
    struct Handles;
    RsaKey() = default;
    static Result<RsaKey> adopt(EVP_PKEY* raw, bool has_private);

    std::shared_ptr<const Handles> handles_;
    std::string n_;
    std::string e_;
    std::string thumbprint_;
    bool has_private_ = false;
};

}  // namespace signet::keyring
