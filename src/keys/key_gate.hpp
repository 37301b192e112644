#pragma once

#include "tokens/key_pair.hpp"
#include "tokens/key_set.hpp"

#include <signet/result.hpp>

#include <openssl/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Every key that comes from outside passes this gate before it is used, because OpenSSL itself
// signs with weak keys as well.
namespace signet::keys {

inline constexpr std::size_t kPemBytesMax = std::size_t{16} * 1024;
inline constexpr std::size_t kKidBytesMax = 255;

// Returns what makes a key unfit to sign with, as half a sentence ("has 1024 bits; …"), or nothing.
// RSA keys are unfit if the modulus is too small or too large, the exponent is not 65537, there are
// more than two primes, the primes are too close together, or the key has the ROCA fingerprint
// (CVE-2017-15361). Every key is unfit if its parts do not belong together, or if it does not
// verify what it signs. Takes some 50 ms for RSA.
std::optional<std::string> find_weakness(const tokens::KeyPair& key);

// Does the same without the slow part, which checks that the numbers belong together and that the
// primes are prime. Every key passes this each time it is read. Takes some milliseconds.
std::optional<std::string> find_plain_weakness(const tokens::KeyPair& key);

// How thoroughly a key is checked: it is only read, or also tried (find_plain_weakness), or goes
// through the gate (find_weakness).
enum class Judged : std::uint8_t { no, by_use, by_gate };

// Reads a PEM text of at most kPemBytesMax, which may be a private or a public key. The error is
// key_unusable; its log_detail is a sentence that begins with `source` (the name of a file or a
// variable).
Result<tokens::KeyPair> load_key(std::string_view pem, std::string_view source, Judged judged);

// Read a private or a public key only, judged by the gate.
Result<tokens::KeyPair> load_private_key(std::string_view pem, std::string_view source);
Result<tokens::KeyPair> load_public_key(std::string_view pem, std::string_view source);

// Whether `text` may be a kid: 1 to kKidBytesMax of visible ASCII, because it stands in headers and
// logs.
bool is_kid(std::string_view text);

// Keys that are loaded before serving, or everything that is wrong with them, in whole sentences
// that name files and variables and never hold a byte of a key. There is exactly one of the two.
struct KeyLoad {
    std::optional<tokens::KeySet> keys;
    std::vector<std::string> errors;
    bool generated = false;  // whether the first key was made just now
};

// The one key of AUTH_PRIVATE_KEY. The PEM texts have real line ends, because the configuration has
// undone the escapes.
struct FixedKeyOptions {
    std::string private_pem;
    std::optional<std::string> public_pem;  // AUTH_PUBLIC_KEY: has to be the other half
    std::optional<std::string> kid;         // AUTH_KEY_ID, instead of the thumbprint
};

// Makes a set of this one key, which is active. The caller wipes the texts afterwards.
KeyLoad load_fixed_key(const FixedKeyOptions& options, std::int64_t now_s);

// Whether `n` has the structure that Infineon's library gave its keys: modulo every small prime it
// is a power of 65537 (Nemec et al., "The Return of Coppersmith's Attack", CCS 2017). A sound key
// has it with a probability below 2^-27.
bool has_roca_fingerprint(const BIGNUM& n);

// Whether Fermat's method finds the factors of the odd number `n` within a hundred steps
// (CVE-2022-26320).
bool has_close_factors(const BIGNUM& n);

// Whether p and q share their upper bits: FIPS 186-5 appendix A.1.1 asks for
// |p - q| > 2^(bits/2 - 100) of a modulus of `modulus_bits`.
bool are_close(const BIGNUM& p, const BIGNUM& q, std::size_t modulus_bits);

}  // namespace signet::keys
