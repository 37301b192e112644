#include "server/periodic_task.hpp"

#include "base/secret.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace signet::server {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

PeriodicTask::PeriodicTask(Options options, const Log& log)
    : options_(std::move(options)),
      log_(log),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void PeriodicTask::wake() {
    {
        const std::lock_guard lock(mutex_);
        woken_ = true;
    }
    changed_.notify_all();
}

void PeriodicTask::run(const std::stop_token& stop) {
    std::optional<Next> next = after(options_.first_after);
    while (next) {
        next = wait_and_do_round(*next, stop);
        wipe_dead_stack();  // of what the round left, however it ended
    }
}

std::optional<PeriodicTask::Next> PeriodicTask::wait_and_do_round(const Next& next,
                                                                  const std::stop_token& stop) {
    try {
        wait(next, stop);
        return stop.stop_requested() ? std::nullopt : options_.round();
    } catch (const std::exception& exception) {
        log_.write(LogLevel::error, "background-task-failed",
                   {{"task", options_.name}, {"reason", exception.what()}});
        return after(kPauseAfterException);
    }
}

void PeriodicTask::wait(const Next& next, const std::stop_token& stop) {
    const auto now = steady_clock::now();
    const auto end = now + next.latest;
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, stop, now + next.soonest, [] { return false; });
    while (options_.listen && !woken_ && !stop.stop_requested()) {
        const auto left = std::chrono::ceil<milliseconds>(end - steady_clock::now());
        if (left <= left.zero()) {
            break;
        }
        lock.unlock();
        const bool heard = options_.listen(std::min(left, kListenSlice));
        lock.lock();
        woken_ = woken_ || heard;
    }
    changed_.wait_until(lock, stop, end, [this] { return woken_; });
    woken_ = false;
}

milliseconds Backoff::next() {
    return std::exchange(next_, std::min(next_ * 2, max_));
}

}  // namespace signet::server
