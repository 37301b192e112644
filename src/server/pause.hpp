#pragma once

#include <chrono>
#include <functional>
#include <stop_token>

namespace signet::server {

// Sleeps, but not past a request to stop.
void pause(const std::stop_token& stop, std::chrono::milliseconds time);

// Waits by `wait`, which says whether it was given a hint, until it was, for `time` at most. A
// request to stop goes unnoticed for `slice_max`, the longest that `wait` is asked for at once.
void wait_for_hint(const std::stop_token& stop, std::chrono::milliseconds time,
                   std::chrono::milliseconds slice_max,
                   const std::function<bool(std::chrono::milliseconds)>& wait);

}  // namespace signet::server
