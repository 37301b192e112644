#pragma once

#include <cstdint>
#include <optional>

namespace signet::server {

// How many seconds the clock of this machine and that of PostgreSQL may be apart. Consumers take
// tokens that are a few seconds off, and the answer of a slow database comes late.
inline constexpr std::int64_t kClockSkewMax_s = 30;

enum class ClockVerdict : std::uint8_t {
    together,
    ours_is_off,
    theirs_is_off,  // PostgreSQL's
    unknown,        // they never agreed, and are not so far apart that tokens would be refused
};

// Clocks that never agreed and are further apart count as ours_is_off.
inline constexpr std::int64_t kUnknownSkewMax_s = 300;

// Finds out which of two wall clocks has jumped, by a third clock that never does.
class ClockComparison {
public:
    // All times are in seconds, and were read at the same time: the wall clock of this machine, its
    // clock since the boot, and the wall clock of PostgreSQL.
    ClockVerdict compare(std::int64_t wall_s, std::int64_t boot_s, std::int64_t database_s);

private:
    std::optional<std::int64_t> booted_at_s_;  // by our wall clock, when the two last agreed
};

}  // namespace signet::server
