#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace signet::tokens {

inline constexpr std::size_t kP256Bytes = 32;

// The two forms of an ECDSA signature on P-256: the DER sequence that OpenSSL works with, and the
// 64 bytes r ‖ s of a JWS (RFC 7518 section 3.4). Nothing when the text is not of the first form,
// or not of the length of the second. r and s are not judged: verification does that.
std::optional<std::string> raw_from_der(std::string_view der);
std::optional<std::string> der_from_raw(std::string_view raw);

}  // namespace signet::tokens
