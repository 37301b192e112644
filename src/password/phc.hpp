#pragma once

#include "password/argon2_options.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signet {

inline constexpr std::size_t kPhcBytesMax = 256;
inline constexpr std::size_t kPhcSaltBytesMin = 8;
inline constexpr std::size_t kPhcSaltBytesMax = 64;
inline constexpr std::size_t kPhcTagBytesMin = 16;
inline constexpr std::size_t kPhcTagBytesMax = 64;

// Argon2d is not among them: its memory accesses tell of the password.
enum class Argon2Variant : std::uint8_t { argon2i, argon2id };

// An Argon2 hash as it is stored; version 0x13 always.
struct PhcHash {
    Argon2Variant variant = Argon2Variant::argon2id;
    Argon2Options options;
    std::string salt;  // raw bytes
    std::string tag;   // raw bytes
};

// Reads `$argon2id$v=19$m=…,t=…,p=…$salt$tag` (the PHC string format). Empty for everything else:
// another order, leading zeros, padded or non-canonical base64, options or lengths beyond the caps.
// Allocates nothing before the caps were looked at.
std::optional<PhcHash> parse_phc(std::string_view stored);

std::string format_phc(const PhcHash& hash);

}  // namespace signet
