#pragma once

#include "base/lru_cache.hpp"

#include <signet/domain/rate_limit.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <vector>

namespace signet {

// How many addresses are counted at once. Then the one that called least recently is forgotten:
// whoever has so many addresses may call so often anyway.
inline constexpr std::size_t kLimitedAddressesMax = 20'000;

// Limits the calls of one address: an IPv4 address, or an IPv6 network of 64 bits, which is what
// one client has. Thread-safe; a call takes less than a microsecond.
class AddressLimit {
public:
    // At most kRateLimitsMax limits. Without any, no call is refused.
    explicit AddressLimit(std::vector<RateLimit> limits,
                          std::size_t addresses_max = kLimitedAddressesMax);

    // Counts the call and returns 0, or, if one of the limits does not allow it, counts nothing and
    // returns the seconds until it will be allowed. `now_ms` is of a clock that never goes back.
    std::int64_t count(std::string_view address, std::int64_t now_ms);

private:
    struct Window {
        std::int64_t end_ms = 0;
        std::int64_t calls = 0;
    };
    using Windows = std::array<Window, kRateLimitsMax>;  // of the limits, in their order
    struct Hash {
        std::size_t operator()(std::uint64_t network) const;
    };

    const std::vector<RateLimit> limits_;
    std::mutex mutex_;
    LruCache<std::uint64_t, Windows, Hash> addresses_;
};

}  // namespace signet
