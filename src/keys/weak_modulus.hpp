#pragma once

#include <openssl/types.h>

#include <cstddef>

namespace signet::keys {

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
