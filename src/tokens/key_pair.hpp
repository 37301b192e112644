#pragma once

#include <signet/result.hpp>

#include <openssl/types.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace signet::tokens {

// The algorithms of RFC 7518 and RFC 8037 that keys are made for, as they stand in headers.
inline constexpr std::string_view kRs256 = "RS256";  // RSASSA-PKCS1-v1_5 with SHA-256
inline constexpr std::string_view kEs256 = "ES256";  // ECDSA on P-256 with SHA-256
inline constexpr std::string_view kEdDsa = "EdDSA";  // Ed25519

inline constexpr unsigned kRsaBitsMin = 2048;
inline constexpr unsigned kRsaBitsMax = 8192;
inline constexpr unsigned kRsaBitsDefault = 2048;

// Whether keys of this algorithm can be made and used.
bool is_known_alg(std::string_view alg);

// A signing key of any of these algorithms, the private half perhaps absent. The type of the key
// decides about the algorithm, and one key knows one. Immutable; copies share the key; every method
// is thread-safe. Errors of the factories are key_unusable, with a half sentence in log_detail
// that says what is wrong ("is encrypted, …") and never holds a byte of the key. Their result has
// not passed the key gate.
class KeyPair {
public:
    // Makes a key. `rsa_bits`, within [kRsaBitsMin, kRsaBitsMax], matters for RS256 only; e =
    // 65537. A 2048-bit key takes 0.25 s, so no I/O thread may call it.
    static Result<KeyPair> generate(std::string_view alg, unsigned rsa_bits = kRsaBitsDefault);

    // Reads one PEM block, PKCS#8, PKCS#1 or SEC 1, that is not encrypted. Never asks on a terminal
    // for a passphrase.
    static Result<KeyPair> from_private_pem(std::string_view pem);

    // Reads one PEM block, SubjectPublicKeyInfo or PKCS#1.
    static Result<KeyPair> from_public_pem(std::string_view pem);

    std::string_view alg() const;  // kRs256, kEs256 or kEdDsa
    bool has_private() const { return has_private_; }
    std::size_t bits() const;                                      // of the modulus or the field
    const std::string& thumbprint() const { return thumbprint_; }  // RFC 7638, SHA-256

    // Returns the public members and no others: {kty,use,alg,kid,n,e} for RSA,
    // {kty,use,alg,kid,crv,x,y} for P-256, {kty,use,alg,kid,crv,x} for Ed25519.
    std::string jwk(std::string_view kid) const;

    // Return the numbers of an RSA key in base64url, or an empty text for other keys.
    const std::string& n() const { return n_; }
    const std::string& e() const { return e_; }

    // Returns the private half as PKCS#8 text, which the caller wipes. The error is no_signing_key,
    // if there is no private half.
    Result<std::string> to_private_pem() const;
    // Returns the public half as SubjectPublicKeyInfo.
    Result<std::string> to_public_pem() const;

    // Returns the signature as a JWS carries it: for ES256 the 64 bytes r ‖ s (RFC 7518
    // section 3.4). Errors: no_signing_key without a private half, internal.
    Result<std::string> sign(std::string_view message) const;

    // Whether the signature is valid, and has exactly the length of this key's signatures.
    bool verify(std::string_view message, std::string_view signature) const;

    // For the key gate, which must not change the key.
    EVP_PKEY* handle() const;

private:
    enum class Type : unsigned char { rsa, p256, ed25519 };
    struct Handles;
    KeyPair() = default;
    static Result<KeyPair> adopt(EVP_PKEY* raw, bool has_private);
    bool read_public_members();

    std::shared_ptr<const Handles> handles_;
    Type type_ = Type::rsa;
    std::string n_;
    std::string e_;
    std::string x_;
    std::string y_;
    std::string thumbprint_;
    bool has_private_ = false;
};

}  // namespace signet::tokens
