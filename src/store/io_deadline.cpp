#include "store/io_deadline.hpp"

#include <sys/socket.h>

namespace signet::store {
namespace {

constexpr int kEnded = -1;

}  // namespace

IoDeadline::IoDeadline() : thread_([this] { run(); }) {}

IoDeadline::~IoDeadline() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void IoDeadline::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        const Time now = std::chrono::steady_clock::now();
        auto next = entries_.begin();
        while (next != entries_.end() && (next->second == kEnded || next->first <= now)) {
            if (next->second != kEnded) {
                // This is done under the lock, so that the guard cannot be destroyed, after which
                // the number could belong to another socket.
                ::shutdown(next->second, SHUT_RDWR);
                next->second = kEnded;
            }
            ++next;
        }
        if (next == entries_.end()) {
            changed_.wait(lock);
        } else {
            // This is a copy, because the guard may remove its entry while this thread waits
            // without the lock.
            const Time end = next->first;
            changed_.wait_until(lock, end);
        }
    }
}

IoDeadline::Guard::Guard(IoDeadline* deadline, int socket, std::chrono::milliseconds limit,
                         bool* ended)
    : deadline_(socket < 0 ? nullptr : deadline), ended_(ended) {
    if (deadline_ == nullptr) {
        return;
    }
    bool first = false;
    {
        const std::lock_guard lock(deadline_->mutex_);
        entry_ = deadline_->entries_.emplace(std::chrono::steady_clock::now() + limit, socket);
        first = entry_ == deadline_->entries_.begin();
    }
    // Limits differ little, so a new entry is rarely the first to end.
    if (first) {
        deadline_->changed_.notify_one();
    }
}

IoDeadline::Guard::~Guard() {
    if (deadline_ != nullptr) {
        const std::lock_guard lock(deadline_->mutex_);
        if (ended_ != nullptr && entry_->second == kEnded) {
            *ended_ = true;
        }
        deadline_->entries_.erase(entry_);
    }
}

}  // namespace signet::store
