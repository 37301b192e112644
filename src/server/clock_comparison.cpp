#include "server/clock_comparison.hpp"

#include <cstdlib>

namespace signet::server {

ClockVerdict ClockComparison::compare(std::int64_t wall_s, std::int64_t boot_s,
                                      std::int64_t database_s) {
    if (std::abs(wall_s - database_s) <= kClockSkewMax_s) {
        booted_at_s_ = wall_s - boot_s;
        return ClockVerdict::together;
    }
    if (!booted_at_s_ && std::abs(wall_s - database_s) <= kUnknownSkewMax_s) {
        return ClockVerdict::unknown;
    }
    const bool ours_went_on =
        booted_at_s_ && std::abs(wall_s - boot_s - *booted_at_s_) <= kClockSkewMax_s;
    return ours_went_on ? ClockVerdict::theirs_is_off : ClockVerdict::ours_is_off;
}

}  // namespace signet::server
