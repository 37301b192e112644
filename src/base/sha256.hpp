#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace signet {

// The 32 bytes of SHA-256 (FIPS 180-4) over `bytes`. Thread-safe. Throws std::bad_alloc when
// OpenSSL cannot compute it.
std::string sha256(std::string_view bytes);

inline constexpr std::size_t kSha256Bytes = 32;
using Sha256Digest = std::array<std::uint8_t, kSha256Bytes>;

// The same without a string, for what is done for every request and is no secret: a thread keeps
// its context.
Sha256Digest sha256_digest(std::string_view bytes);

}  // namespace signet
