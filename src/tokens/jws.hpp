#pragma once

#include <signet/result.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace signet::tokens {

// The longest token that is read.
inline constexpr std::size_t kTokenBytesMax = std::size_t{8} * 1024;
// The longest token that is issued. Many proxies accept a request head of 8 KiB, in which the token
// has to leave room for the rest.
inline constexpr std::size_t kTokenIssuedBytesMax = std::size_t{6} * 1024;

// The parts of a JWS in compact form (RFC 7515 section 7.1), still in base64url; they point into
// the text that was split.
struct CompactJws {
    std::string_view header;
    std::string_view payload;
    std::string_view signature;
    std::string_view signing_input;  // header '.' payload, as it stands
};

// Splits a token into exactly three parts, none of them empty, of at most kTokenBytesMax together.
// The size is checked before anything else; the parts are not decoded. The error is invalid_token.
Result<CompactJws> split_compact(std::string_view token);

// Returns the text that is signed. The parts have to be in base64url.
std::string signing_input(std::string_view header, std::string_view payload);

// The members of a JOSE header (RFC 7515 section 4.1) that Signet uses.
struct Header {
    std::string alg;
    std::optional<std::string> typ;
    std::optional<std::string> kid;
};

// Returns {"alg":…,"typ":…,"kid":…}, without the members that are not set.
std::string write_header(const Header& header);

// Reads the JSON text of a header. `alg` is required. Members that would bring a key along or
// change what is signed (crit, jku, jwk, x5u, x5c, zip, cty, b64), members of the wrong type, and
// duplicate members are refused. Other members are ignored (RFC 7515 section 4). The error is
// invalid_token.
Result<Header> read_header(std::string_view json);

}  // namespace signet::tokens
