#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace signet {

// How long a hash waits for its memory, and then is out_of_memory.
inline constexpr std::chrono::milliseconds kHashMemoryWaitMax{1000};

// The memory that the hashes of a process may take together, so that stored hashes which ask for
// much of it cannot have the process killed. Thread-safe.
class MemoryBudget {
public:
    explicit MemoryBudget(std::uint64_t kib) : free_kib_(kib), kib_(kib) {}

    std::uint64_t kib() const { return kib_; }

    // What hashes hold now, and how many of them got no memory so far.
    struct Figures {
        std::size_t hashes = 0;
        std::uint64_t taken_kib = 0;
        std::uint64_t kib = 0;
        std::uint64_t refused = 0;
    };
    Figures figures() const {
        const std::scoped_lock lock(mutex_);
        return {hashes_, kib_ - free_kib_, kib_, refused_};
    }

    // A part of the budget, which is given back when this is destroyed.
    class Share {
    public:
        // Waits for `kib`, for `wait_max` at most, and not at all for more than the whole budget.
        Share(MemoryBudget& budget, std::uint64_t kib,
              std::chrono::milliseconds wait_max = kHashMemoryWaitMax);
        ~Share();
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;

        bool granted() const { return granted_; }

    private:
        MemoryBudget& budget_;
        const std::uint64_t kib_;
        bool granted_ = false;
    };

private:
    mutable std::mutex mutex_;
    std::condition_variable given_back_;
    std::uint64_t free_kib_;
    std::size_t hashes_ = 0;
    std::uint64_t refused_ = 0;
    const std::uint64_t kib_;
};

}  // namespace signet
