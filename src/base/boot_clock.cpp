#include "base/boot_clock.hpp"

#include <ctime>

namespace signet {

std::chrono::steady_clock::time_point now_since_boot() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return std::chrono::steady_clock::time_point(std::chrono::seconds(now.tv_sec) +
                                                 std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace signet
