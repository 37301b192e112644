#pragma once

#include <chrono>
#include <stop_token>

namespace signet::app {

// Sleeps, but not past a request to stop.
void pause(const std::stop_token& stop, std::chrono::milliseconds time);

}  // namespace signet::app
