#include "server/pause.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace signet::server {

void pause(const std::stop_token& stop, std::chrono::milliseconds time) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, time, [] { return false; });
}

void wait_for_hint(const std::stop_token& stop, std::chrono::milliseconds time,
                   std::chrono::milliseconds slice_max,
                   const std::function<bool(std::chrono::milliseconds)>& wait) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (!stop.stop_requested()) {
        const auto left = end - std::chrono::steady_clock::now();
        if (left <= left.zero() ||
            wait(std::min(std::chrono::ceil<std::chrono::milliseconds>(left), slice_max))) {
            return;
        }
    }
}

}  // namespace signet::server
