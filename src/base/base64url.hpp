#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet {

// The encoding of RFC 4648 section 5 without padding.
std::string base64url_encode(std::span<const std::byte> bytes);
std::string base64url_encode(std::string_view bytes);

// The encoding of RFC 4648 section 4, with padding.
std::string base64_encode(std::string_view bytes);

// Takes nothing but the alphabet: no padding and no white space. Unused bits have to be zero, so
// that every byte string has one spelling (RFC 7515 section 2; RFC 4648 section 3.5).
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace signet
