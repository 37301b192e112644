#pragma once

#include <signet/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace signet::tokens {

// The members of a JOSE header (RFC 7515 section 4.1) that mean something to us.
struct Header {
    std::string alg;
    std::optional<std::string> typ;
    std::optional<std::string> kid;
};

// {"alg":…,"typ":…,"kid":…}, members that are not set left out.
std::string write_header(const Header& header);

// Reads the JSON text of a header. `alg` is required. Refused: any member that would bring a key
// along or change what is signed (crit, jku, jwk, x5u, x5c, zip, cty, b64), a member of the wrong
// type, a member named twice. Other members are ignored (RFC 7515 section 4). Error: invalid_token.
Result<Header> read_header(std::string_view json);

}  // namespace signet::tokens
