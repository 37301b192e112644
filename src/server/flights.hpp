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

namespace signet::server {

// How many requests may wait for a reading that is under way, of one user and in all; one more is
// refused.
inline constexpr std::size_t kParkedPerUserMax = 256;
inline constexpr std::size_t kParkedMax = 4096;

// Of several that ask for one user at once, the first takes a thread of the lane; those that come
// meanwhile are parked, not queued, and are done after it on the same thread, from memory as a
// rule. So a user whose reading is slow holds one thread. Thread-safe. A Job has drop(), which
// refuses it; that must not throw.
template <class Job>
class Flights {
public:
    enum class Part : std::uint8_t {
        first,   // do it, and then what next() gives
        parked,  // somebody else will do it
        full,    // too many are parked: refuse it
    };

    // `job` is taken only with Part::parked.
    Part join(const Uuid& user, Job& job) {
        const std::lock_guard lock(mutex_);
        const auto [flight, is_new] = flights_.try_emplace(user);
        if (is_new) {
            return Part::first;
        }
        if (parked_ >= kParkedMax || flight->second.size() >= kParkedPerUserMax) {
            return Part::full;
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

// The duty of the first, taken on by begin(): whatever happens to it, its flight ends, and who is
// parked then is refused.
template <class Job>
class Flight {
public:
    Flight(Flights<Job>& flights, const Uuid& user) : flights_(flights), user_(user) {}
    ~Flight() {
        while (auto left = next()) {
            left->drop();
        }
    }
    Flight(const Flight&) = delete;
    Flight& operator=(const Flight&) = delete;

    typename Flights<Job>::Part begin(Job& job) {
        const auto part = flights_.join(user_, job);
        begun_ = part == Flights<Job>::Part::first;
        return part;
    }
    std::optional<Job> next() { return begun_ ? flights_.next(user_) : std::nullopt; }

private:
    Flights<Job>& flights_;
    Uuid user_;
    bool begun_ = false;
};

}  // namespace signet::server
