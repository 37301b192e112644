#pragma once

#include <signet/domain/uuid.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace signet::app {

// How many requests may wait for a reading that is under way; one more is queued like any other.
inline constexpr std::size_t kParkedMax = 1024;

// Of several that ask for one user at once, the first takes a thread of the lane; those that come
// meanwhile are parked, not queued, and are done after it on the same thread, from memory as a
// rule. So a user whose reading is slow holds one thread. Thread-safe.
template <class Job>
class Flights {
public:
    enum class Part : std::uint8_t {
        first,   // do it, and then what next() gives
        parked,  // somebody else will do it
        alone,   // too many are parked: do it, and ask for no next one
    };

    // `job` is taken only with Part::parked.
    Part join(const Uuid& user, Job& job) {
        const std::lock_guard lock(mutex_);
        const auto [flight, is_new] = flights_.try_emplace(user);
        if (is_new) {
            return Part::first;
        }
        if (parked_ >= kParkedMax) {
            return Part::alone;
        }
        flight->second.push_back(std::move(job));
        ++parked_;
        return Part::parked;
    }

    // For the first only: one that was parked meanwhile, or nothing, which ends the flight.
    std::optional<Job> next(const Uuid& user) {
        const std::lock_guard lock(mutex_);
        const auto flight = flights_.find(user);
        if (flight == flights_.end()) {
            return std::nullopt;
        }
        if (flight->second.empty()) {
            flights_.erase(flight);
            return std::nullopt;
        }
        Job job = std::move(flight->second.front());
        flight->second.pop_front();
        --parked_;
        return job;
    }

private:
    std::mutex mutex_;
    std::unordered_map<Uuid, std::deque<Job>, UuidHash> flights_;
    std::size_t parked_ = 0;
};

// The duty of the first: whatever happens to it, its flight ends. Jobs that are parked then are
// dropped, which their Reply answers.
template <class Job>
class Flight {
public:
    Flight(Flights<Job>& flights, const Uuid& user) : flights_(flights), user_(user) {}
    ~Flight() {
        while (next()) {
        }
    }
    Flight(const Flight&) = delete;
    Flight& operator=(const Flight&) = delete;

    std::optional<Job> next() { return flights_.next(user_); }

private:
    Flights<Job>& flights_;
    Uuid user_;
};

}  // namespace signet::app
