#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace signet {

// The limits of what a stored hash may ask for, about a second of one core each.

// 128 × N × r × p: what scrypt writes, in KiB.
inline constexpr std::uint64_t kScryptWorkKibMax = std::uint64_t{512} * 1024;
inline constexpr std::uint32_t kScryptLnMax = 22;
inline constexpr std::uint32_t kScryptBlocksMax = 64;  // r
inline constexpr std::uint32_t kScryptLanesMax = 16;   // p
// Iterations × blocks of the tag.
inline constexpr std::uint64_t kPbkdf2RoundsMax = 4'000'000;
inline constexpr std::size_t kForeignBytesMax = 255;  // what an adopted column holds
inline constexpr std::size_t kForeignSaltBytesMax = 128;
inline constexpr std::size_t kForeignTagBytesMin = 16;
inline constexpr std::size_t kForeignTagBytesMax = 64;
inline constexpr std::size_t kFirebaseTagBytes = 64;  // as many as a signer key has

enum class ForeignScheme : std::uint8_t {
    scrypt,           // RFC 7914
    firebase_scrypt,  // scrypt makes an AES key, and the tag is the signer key under it
    pbkdf2_sha1,      // RFC 8018
    pbkdf2_sha256,
    pbkdf2_sha512,
};

// A hash that another service has stored. Signet verifies it and makes none.
struct ForeignHash {
    ForeignScheme scheme = ForeignScheme::scrypt;
    std::uint32_t ln = 0;  // of scrypt: the binary logarithm of N
    std::uint32_t r = 0;
    std::uint32_t p = 0;
    std::uint32_t iterations = 0;  // of PBKDF2
    std::string salt;              // raw bytes; Firebase's with the separator behind it
    std::string tag;               // raw bytes

    std::uint64_t memory_kib() const;
    // How much memory Argon2id writes in the time that this takes, rounded down.
    std::uint64_t like_argon2_kib() const;
    // How many spellings of a password may be tried: together they cost no more than two hashes
    // that are at the limit.
    std::size_t tries_max() const;
};

// Reads, within the limits:
//   $scrypt$ln=16,r=8,p=1$salt$tag                      (PHC, passlib)
//   $pbkdf2-sha256$29000$salt$tag, $pbkdf2$…            (passlib; sha1, sha256 and sha512)
//   $pbkdf2-sha256$i=600000,l=32$salt$tag               (PHC)
//   pbkdf2_sha256$600000$salt$tag                       (Django, whose salt is no base64)
//   $firebase-scrypt$ln=14,r=8,p=1,ss=Bw$salt$tag       (ours: mem_cost, rounds, salt separator)
// Base64 is taken with and without padding, in both alphabets, and in passlib's with a dot for the
// plus. Returns nothing for everything else. Computes nothing.
std::optional<ForeignHash> parse_foreign(std::string_view stored);

// Computes the tag that `password` has under the salt and the cost of `hash`, of as many bytes.
// Returns false if there is no memory. `signer_key` counts for firebase_scrypt only, and has
// kFirebaseTagBytes. Thread-safe.
bool derive_foreign(const ForeignHash& hash, std::string_view password, std::string_view signer_key,
                    std::span<char> tag);

}  // namespace signet
