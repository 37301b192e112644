#pragma once

#include "keys/key_files.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signet::keys {

inline constexpr std::size_t kKidBytesMax = 255;

// Whether `text` may be a kid: 1 to kKidBytesMax of visible ASCII, because it stands in headers,
// logs and file names.
bool is_kid(std::string_view text);

// The one key of AUTH_PRIVATE_KEY. PEM texts with real line ends: the configuration has undone the
// escapes.
struct FixedKeyOptions {
    std::string private_pem;
    std::optional<std::string> public_pem;  // AUTH_PUBLIC_KEY: has to be the other half
    std::optional<std::string> kid;         // AUTH_KEY_ID, instead of the thumbprint
};

// A set of this one key, active. Wipe the texts afterwards.
KeyLoad load_fixed_key(const FixedKeyOptions& options, std::int64_t now_s);

}  // namespace signet::keys
