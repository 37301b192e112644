#pragma once

#include <cstddef>
#include <cstdint>

namespace signet {

// So many within so many seconds.
struct RateLimit {
    std::int64_t calls = 0;
    std::int64_t seconds = 0;
    bool operator==(const RateLimit&) const = default;
};
inline constexpr std::size_t kRateLimitsMax = 4;

}  // namespace signet
