#pragma once

#include <string>
#include <string_view>

namespace signet {

// The 32 bytes of HMAC-SHA-256 (RFC 2104, FIPS 198-1) over `bytes`. Thread-safe. Throws
// std::bad_alloc when OpenSSL cannot compute it.
std::string hmac_sha256(std::string_view key, std::string_view bytes);

}  // namespace signet
