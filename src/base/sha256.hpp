#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace signet {

inline constexpr std::size_t kSha256Bytes = 32;
using Sha256Digest = std::array<std::uint8_t, kSha256Bytes>;

// These functions are thread-safe, and throw std::bad_alloc when OpenSSL cannot compute.

// Returns the 32 bytes of SHA-256 (FIPS 180-4) over `bytes`.
std::string sha256(std::string_view bytes);

// The same without a string, in a context that each thread keeps. It is for what is hashed in every
// request and is no secret.
Sha256Digest sha256_digest(std::string_view bytes);

// Returns the 32 bytes of HMAC-SHA-256 (RFC 2104, FIPS 198-1) over `bytes`.
std::string hmac_sha256(std::string_view key, std::string_view bytes);

}  // namespace signet
