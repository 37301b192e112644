#include "password/argon2_options.hpp"

#include <algorithm>
#include <array>

namespace signet {
namespace {

std::string between(std::string_view name, std::uint64_t low, std::uint64_t high) {
    return std::string(name) + ": expected " + std::to_string(low) + " to " + std::to_string(high);
}

}  // namespace

std::uint64_t argon2_work_kib(const Argon2Options& options) {
    return std::uint64_t{options.memory_kib} * options.iterations;
}

std::optional<std::string> argon2_options_fault(const Argon2Options& options) {
    if (options.lanes < 1 || options.lanes > kArgon2LanesMax)
        return between("AUTH_ARGON2_LANES", 1, kArgon2LanesMax);
    const std::uint32_t memory_min = kArgon2MemoryKibPerLaneMin * options.lanes;
    if (options.memory_kib < memory_min || options.memory_kib > kArgon2MemoryKibMax)
        return between("AUTH_ARGON2_MEMORY_KIB", memory_min, kArgon2MemoryKibMax);
    if (options.iterations < 1 || options.iterations > kArgon2IterationsMax)
        return between("AUTH_ARGON2_ITERATIONS", 1, kArgon2IterationsMax);
    if (argon2_work_kib(options) > kArgon2WorkKibMax)
        return "AUTH_ARGON2_MEMORY_KIB times AUTH_ARGON2_ITERATIONS: expected at most " +
               std::to_string(kArgon2WorkKibMax);
    return std::nullopt;
}

bool weaker_than_owasp(const Argon2Options& options) {
    constexpr std::array<Argon2Options, 5> kRows{{
        {47104, 1, 1},
        {19456, 2, 1},
        {12288, 3, 1},
        {9216, 4, 1},
        {7168, 5, 1},
    }};
    return std::ranges::none_of(kRows, [&](const Argon2Options& row) {
        return options.memory_kib >= row.memory_kib && options.iterations >= row.iterations;
    });
}

}  // namespace signet
