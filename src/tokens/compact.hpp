#pragma once

#include <signet/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace signet::tokens {

// Longest token that is looked at.
inline constexpr std::size_t kTokenBytesMax = std::size_t{8} * 1024;
// Longest token that is made. Proxies, and our own guard, take a request head of 8 KiB, and there
// the token has to leave room for the rest.
inline constexpr std::size_t kTokenIssuedBytesMax = std::size_t{6} * 1024;

// The parts of a JWS in compact form (RFC 7515 section 7.1), still in base64url; they point into
// the text that was split.
struct CompactJws {
    std::string_view header;
    std::string_view payload;
    std::string_view signature;
    std::string_view signing_input;  // header '.' payload, as it stands
};

// Exactly three parts, none empty, of at most kTokenBytesMax together; the size is looked at before
// anything else. Does not look into the parts. Error: invalid_token.
Result<CompactJws> split_compact(std::string_view token);

// What is signed, from parts that are base64url already.
std::string signing_input(std::string_view header, std::string_view payload);

}  // namespace signet::tokens
