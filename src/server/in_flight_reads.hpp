#pragma once

#include <signet/domain/uuid.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace signet::server {

// How many requests may wait for a read that is in flight, of one user and in all. Further ones are
// refused.
inline constexpr std::size_t kWaitingPerUserMax = 256;
inline constexpr std::size_t kWaitingMax = 4096;

// Of several requests that need to read one user at once, the first takes a thread of the lane.
// Those that come meanwhile wait here instead of in the lane's queue, and are done after it on the
// same thread, as a rule from memory. So a user whose read is slow holds one thread. Thread-safe.
// A Job has drop(), which refuses it and does not throw.
template <class Job>
class InFlightReads {
public:
    enum class Start : std::uint8_t {
        first,  // the caller does the job, and then those that next() returns
        waits,  // the caller that was first will do the job
        full,   // too many jobs wait, so the caller refuses this one
    };

    // Begins a read of `user`, or joins the one in flight. `job` is moved from only if the result
    // is Start::waits.
    Start start(const Uuid& user, Job& job) {
        const std::lock_guard lock(mutex_);
        const auto [read, is_new] = reads_.try_emplace(user);
        if (is_new) {
            return Start::first;
        }
        if (waiting_ >= kWaitingMax || read->second.size() >= kWaitingPerUserMax) {
            return Start::full;
        }
        read->second.push_back(std::move(job));
        ++waiting_;
        return Start::waits;
    }

    // Returns a job that came during the read, or ends the read and returns nothing. Only the
    // caller that was first may call it.
    std::optional<Job> next(const Uuid& user) {
        const std::lock_guard lock(mutex_);
        const auto read = reads_.find(user);
        if (read == reads_.end()) {
            return std::nullopt;
        }
        if (read->second.empty()) {
            reads_.erase(read);
            return std::nullopt;
        }
        Job job = std::move(read->second.front());
        read->second.pop_front();
        --waiting_;
        return job;
    }

private:
    std::mutex mutex_;
    std::unordered_map<Uuid, std::deque<Job>, UuidHash> reads_;
    std::size_t waiting_ = 0;
};

// One request's part in the reads. If the request was the first, the destructor ends the read and
// drops the jobs that still wait.
template <class Job>
class InFlightRead {
public:
    InFlightRead(InFlightReads<Job>& reads, const Uuid& user) : reads_(reads), user_(user) {}
    ~InFlightRead() {
        while (auto left = next()) {
            left->drop();
        }
    }
    InFlightRead(const InFlightRead&) = delete;
    InFlightRead& operator=(const InFlightRead&) = delete;

    typename InFlightReads<Job>::Start start(Job& job) {
        const auto started = reads_.start(user_, job);
        is_first_ = started == InFlightReads<Job>::Start::first;
        return started;
    }
    // A read that has ended is not the user's first any more, because another may have begun.
    std::optional<Job> next() {
        std::optional<Job> job = is_first_ ? reads_.next(user_) : std::nullopt;
        is_first_ = job.has_value();
        return job;
    }

private:
    InFlightReads<Job>& reads_;
    Uuid user_;
    bool is_first_ = false;
};

}  // namespace signet::server
