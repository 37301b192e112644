#pragma once

#include <span>
#include <string>
#include <string_view>

namespace signet::tokens {

// The public members of keys, as a JWK names them. Numbers are in base64url.
struct RsaJwk {
    std::string kid;
    std::string alg;  // RS256
    std::string n;    // the minimal big-endian form
    std::string e;
};
struct EcJwk {  // RFC 7518 section 6.2.1
    std::string kid;
    std::string alg;  // ES256
    std::string crv;  // P-256
    std::string x;    // of exactly the field's length, leading zero bytes kept
    std::string y;
};
struct OkpJwk {  // RFC 8037 section 2
    std::string kid;
    std::string alg;  // EdDSA
    std::string crv;  // Ed25519
    std::string x;
};

// Returns the Base64urlUInt (RFC 7518 section 2) of a big-endian number. Leading zero bytes are
// left out, because Hasura and others refuse them; zero itself is one byte.
std::string encode_number(std::string_view big_endian);

// Return {"kty":"RSA","use":"sig","alg":…,"kid":…,"n":…,"e":…},
// {"kty":"EC",…,"crv":…,"x":…,"y":…} and {"kty":"OKP",…,"crv":…,"x":…}, with these members and
// no others.
std::string write_jwk(const RsaJwk& key);
std::string write_jwk(const EcJwk& key);
std::string write_jwk(const OkpJwk& key);

// Returns {"keys":[…]} of JWKs that are JSON texts already, in the order given.
std::string write_jwk_set(std::span<const std::string> jwks);

// Return JWK thumbprints (RFC 7638) with SHA-256, in base64url. The arguments are the values of the
// JWK's members, which are in base64url; curve names are those of the JOSE registry (P-256,
// Ed25519).
std::string rsa_thumbprint(std::string_view n, std::string_view e);
std::string ec_thumbprint(std::string_view curve, std::string_view x, std::string_view y);
std::string okp_thumbprint(std::string_view curve, std::string_view x);  // RFC 8037 section 2

}  // namespace signet::tokens
