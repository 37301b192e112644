#pragma once

#include "base/secret.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace signet::test {

inline constexpr std::uint64_t kNeedle = 0x5ec2e7c0de5ec2e7;

// Leaves the needle in half of what wipe_dead_stack() reaches, and returns.
[[gnu::noinline, gnu::no_sanitize_address]] inline void leave_on_stack() {
    std::array<volatile std::uint64_t, kDeadStackBytes / 2 / sizeof kNeedle> dead;
    for (volatile std::uint64_t& word : dead) {
        word = kNeedle;
    }
}

// Counts the needles below the frame of the caller.
[[gnu::noinline, gnu::no_sanitize_address]] inline std::size_t count_on_stack() {
    const auto* frame = static_cast<const volatile std::uint64_t*>(__builtin_frame_address(0));
    std::size_t found = 0;
    for (std::size_t i = 1; i < kDeadStackBytes / sizeof kNeedle; ++i) {
        found += *(frame - i) == kNeedle ? 1 : 0;
    }
    return found;
}

}  // namespace signet::test
