#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace signet {

// What one Argon2 hash costs (RFC 9106 section 3.1). The defaults are those of OWASP's Password
// Storage Cheat Sheet with 19 MiB of memory.
struct Argon2Options {
    std::uint32_t memory_kib = 19456;
    std::uint32_t iterations = 2;
    std::uint32_t lanes = 1;

    bool operator==(const Argon2Options&) const = default;
};

// The limits for new hashes and for what a stored hash may ask for, so that a manipulated row
// cannot cost terabytes or minutes.
inline constexpr std::uint32_t kArgon2MemoryKibMax = 1024 * 1024;
// A stored hash may ask for so many times the memory of new ones, or for so much if that is more:
// what others of the field call moderate. More would let one row slow down everybody.
inline constexpr std::uint32_t kArgon2StoredMemoryTimesMax = 16;
inline constexpr std::uint32_t kArgon2StoredMemoryKib = 256 * 1024;
inline constexpr std::uint32_t kArgon2MemoryKibPerLaneMin = 8;  // RFC 9106 section 3.1
inline constexpr std::uint32_t kArgon2IterationsMax = 20;
inline constexpr std::uint32_t kArgon2LanesMax = 16;
// memory × iterations: 4 passes over 1 GiB, about 3 s on one core.
inline constexpr std::uint64_t kArgon2WorkKibMax = 4ULL * kArgon2MemoryKibMax;

// How much memory is written in all passes together. The time is proportional to it.
std::uint64_t argon2_work_kib(const Argon2Options& options);

// Returns the memory that a stored hash may ask for, in KiB, where new ones have `options`.
std::uint64_t stored_memory_kib_max(const Argon2Options& options);

// Returns what is wrong with `options` and what was expected, in one sentence that names the
// settings AUTH_ARGON2_*. Returns nothing if the options can be used.
std::optional<std::string> argon2_options_fault(const Argon2Options& options);

// Whether `options` are below every row of OWASP's sheet. That is good enough for tests and
// deserves a warning elsewhere.
bool weaker_than_owasp(const Argon2Options& options);

// Argon2d is only verified, where another service has stored it: its memory accesses depend on the
// password.
enum class Argon2Variant : std::uint8_t { argon2d, argon2i, argon2id };

struct Argon2Input {
    Argon2Variant variant = Argon2Variant::argon2id;
    Argon2Options options;
    std::string_view password;
    std::string_view salt;
};

enum class Argon2Outcome : std::uint8_t {
    done,
    out_of_memory,
    refused,  // Argon2 does not allow these options or this size of salt or tag
};

// Computes Argon2 version 0x13 (RFC 9106) on the calling thread alone, whatever the number of
// lanes, because each thread of the crypto lane is to take one core. Uses libsodium where it can
// (Argon2id, one lane, 16 bytes of salt), which is much faster, and libargon2 otherwise; the tags
// are the same (docs/adr/0005-passwords.md). Returns its memory to the kernel. Thread-safe.
Argon2Outcome derive_argon2(const Argon2Input& input, std::span<std::byte> tag);

// Maps memory for one Argon2 hash, of at least `bytes`, zeroed. It is on huge pages where the
// kernel has them, which saves a third of the time of a hash, and it is left out of core dumps.
// Returns MAP_FAILED, with errno, when there is none. To be freed by munmap(memory, bytes).
// Thread-safe.
//
// With the build option SIGNET_PATCH_SODIUM, libsodium's Argon2 gets this memory, too: its calls of
// mmap() are redirected when the program is linked (CMakeLists.txt; docs/adr/0010-speed.md).
void* map_argon2_memory(std::size_t bytes);

inline constexpr std::size_t kPhcBytesMax = 256;
inline constexpr std::size_t kPhcSaltBytesMin = 8;
inline constexpr std::size_t kPhcSaltBytesMax = 64;
inline constexpr std::size_t kPhcTagBytesMin = 16;
inline constexpr std::size_t kPhcTagBytesMax = 64;

// An Argon2 hash as it is stored. The version is always 0x13.
struct PhcHash {
    Argon2Variant variant = Argon2Variant::argon2id;
    Argon2Options options;
    std::string salt;  // raw bytes
    std::string tag;   // raw bytes
};

// Reads `$argon2id$v=19$m=…,t=…,p=…$salt$tag`, the PHC string format
// (https://github.com/P-H-C/phc-string-format). Returns nothing for everything else: another order,
// leading zeros, padded or non-canonical base64, options or lengths beyond the limits. Checks the
// limits before it allocates anything.
std::optional<PhcHash> parse_phc(std::string_view stored);

std::string format_phc(const PhcHash& hash);

}  // namespace signet
