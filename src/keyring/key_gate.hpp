#pragma once

#include "keyring/rsa_key.hpp"

#include <signet/result.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace signet::keyring {

inline constexpr std::size_t kPemBytesMax = std::size_t{16} * 1024;

// What makes a key unfit to sign with, as half a sentence ("has 1024 bits; …"); nothing for a good
// one. OpenSSL itself signs with all of them (security reference, L6, S10): too small or too large,
// e other than 65537, more than two primes, primes too close together, the ROCA fingerprint
// (CVE-2017-15361), parts that do not belong together, a failing self-test. Takes some 50 ms.
std::optional<std::string> find_weakness(const RsaKey& key);

// Reads a PEM text of at most kPemBytesMax and lets it through the gate. The error is
// no_signing_key; its log_detail is a sentence that begins with `source` (a file or variable name).
Result<RsaKey> load_private_key(std::string_view pem, std::string_view source);
Result<RsaKey> load_public_key(std::string_view pem, std::string_view source);

}  // namespace signet::keyring
