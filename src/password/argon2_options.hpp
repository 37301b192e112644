#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace signet {

// What one Argon2 hash costs (RFC 9106 section 3.1). The defaults are the first row of OWASP's
// Password Storage sheet for a machine that spares no more memory.
struct Argon2Options {
    std::uint32_t memory_kib = 19456;
    std::uint32_t iterations = 2;
    std::uint32_t lanes = 1;

    bool operator==(const Argon2Options&) const = default;
};

// The caps of what we hash with and of what a stored hash may ask for: a poisoned row is to cost
// neither 4 TiB nor minutes.
inline constexpr std::uint32_t kArgon2MemoryKibMax = 1024 * 1024;
inline constexpr std::uint32_t kArgon2MemoryKibPerLaneMin = 8;  // RFC 9106 section 3.1
inline constexpr std::uint32_t kArgon2IterationsMax = 20;
inline constexpr std::uint32_t kArgon2LanesMax = 16;
// memory × iterations: 4 passes over 1 GiB, some 3 s of one core.
inline constexpr std::uint64_t kArgon2WorkKibMax = 4ULL * kArgon2MemoryKibMax;

// How much memory is written in all; time goes with it.
std::uint64_t argon2_work_kib(const Argon2Options& options);

// What is wrong with `options`, and what was expected, in one sentence; empty when they can be
// used. The names in it are those of the settings AUTH_ARGON2_*.
std::optional<std::string> argon2_options_fault(const Argon2Options& options);

// Whether `options` are below every row of OWASP's sheet: fit for tests, worth a warning.
bool weaker_than_owasp(const Argon2Options& options);

}  // namespace signet
