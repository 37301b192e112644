#pragma once

#include <string>
#include <string_view>

namespace signet {

// The 32 bytes of SHA-256 (FIPS 180-4) over `bytes`. Thread-safe. Throws std::bad_alloc when
// OpenSSL cannot compute it.
std::string sha256(std::string_view bytes);

}  // namespace signet
