#pragma once

#include "tokens/key_pair.hpp"

#include <signet/result.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace signet::keys {

inline constexpr std::size_t kPemBytesMax = std::size_t{16} * 1024;

// What makes a key unfit to sign with, as half a sentence ("has 1024 bits; …"); nothing for a good
// one. OpenSSL itself signs with all of them: RSA keys that are too
// small or too large, with e other than 65537, more than two primes, primes too close together or
// the ROCA fingerprint (CVE-2017-15361); for every type parts that do not belong together, a
// failing self-test. Takes some 50 ms for RSA.
std::optional<std::string> find_weakness(const tokens::KeyPair& key);

// The same but for the slow part, that the numbers belong together and the primes are prime: what a
// key passes each time it is read. Some milliseconds.
std::optional<std::string> find_plain_weakness(const tokens::KeyPair& key);

// Reads a PEM text of at most kPemBytesMax and lets it through the gate. The error is
// key_unusable; its log_detail is a sentence that begins with `source` (a file or variable name).
Result<tokens::KeyPair> load_private_key(std::string_view pem, std::string_view source);
Result<tokens::KeyPair> load_public_key(std::string_view pem, std::string_view source);

}  // namespace signet::keys
