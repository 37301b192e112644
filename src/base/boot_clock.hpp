#pragma once

#include <chrono>

namespace signet {

// CLOCK_BOOTTIME: it never goes back, and it goes on while the machine is suspended, during which
// others may have changed what is remembered here.
std::chrono::steady_clock::time_point now_since_boot();

}  // namespace signet
