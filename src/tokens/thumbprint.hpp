#pragma once

#include <string>
#include <string_view>

namespace signet::tokens {

// JWK thumbprints (RFC 7638) with SHA-256, in base64url. The arguments are what stands in the JWK,
// base64url already; curve names are those of the JOSE registry (P-256, Ed25519).
std::string rsa_thumbprint(std::string_view n, std::string_view e);
std::string ec_thumbprint(std::string_view curve, std::string_view x, std::string_view y);
std::string okp_thumbprint(std::string_view curve, std::string_view x);  // RFC 8037 section 2

}  // namespace signet::tokens
