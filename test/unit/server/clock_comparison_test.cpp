#include "server/clock_comparison.hpp"

#include <doctest/doctest.h>

namespace signet::server {
namespace {

constexpr std::int64_t kNoon_s = 1'800'000'000;
constexpr std::int64_t kHour_s = 3600;

TEST_CASE("a clock that jumps is told from one that goes on") {
    for (const std::int64_t jump : {kHour_s, -kHour_s, kClockSkewMax_s + 1}) {
        ClockComparison ours;
        CHECK(ours.compare(kNoon_s, 100, kNoon_s + 3) == ClockVerdict::together);
        CHECK(ours.compare(kNoon_s + 10 + jump, 110, kNoon_s + 10) == ClockVerdict::ours_is_off);
        CHECK(ours.compare(kNoon_s + 20, 120, kNoon_s + 20) == ClockVerdict::together);

        ClockComparison theirs;
        CHECK(theirs.compare(kNoon_s, 100, kNoon_s) == ClockVerdict::together);
        CHECK(theirs.compare(kNoon_s + 10, 110, kNoon_s + 10 + jump) ==
              ClockVerdict::theirs_is_off);
        CHECK(theirs.compare(kNoon_s + 20, 120, kNoon_s + 20) == ClockVerdict::together);
    }
}

TEST_CASE("where the clocks never agreed, ours is doubted only if tokens would be refused") {
    ClockComparison clocks;
    CHECK(clocks.compare(kNoon_s, 100, kNoon_s + 31) == ClockVerdict::unknown);
    CHECK(clocks.compare(kNoon_s, 100, kNoon_s - kUnknownSkewMax_s) == ClockVerdict::unknown);
    CHECK(clocks.compare(kNoon_s, 100, kNoon_s + kHour_s) == ClockVerdict::ours_is_off);
}

}  // namespace
}  // namespace signet::server
