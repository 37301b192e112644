#pragma once

#include <span>
#include <string>
#include <string_view>

namespace signet::jose {

// The public half of an RSA key, as a JWK names it.
struct RsaJwk {
    std::string kid;
    std::string alg;  // RS256
    std::string n;    // base64url of the minimal big-endian form
    std::string e;
};

// Base64urlUInt (RFC 7518 section 2) of a big-endian number: leading zero bytes dropped, because
// Hasura and others refuse them (hasura reference, K8); zero itself is one byte.
std::string encode_number(std::string_view big_endian);

// {"kty":"RSA","use":"sig","alg":…,"kid":…,"n":…,"e":…}: these members and no other.
std::string write_jwk(const RsaJwk& key);

// {"keys":[…]} in the order given.
std::string write_jwk_set(std::span<const RsaJwk> keys);

}  // namespace signet::jose
