#include "password/memory_budget.hpp"

namespace signet {

MemoryBudget::Share::Share(MemoryBudget& budget, std::uint64_t kib,
                           std::chrono::milliseconds wait_max)
    : budget_(budget), kib_(kib) {
    std::unique_lock lock(budget.mutex_);
    granted_ = kib <= budget.kib_ &&
               budget.given_back_.wait_for(lock, wait_max, [&] { return budget.free_kib_ >= kib; });
    if (granted_) {
        budget.free_kib_ -= kib;
        ++budget.hashes_;
    } else {
        ++budget.refused_;
    }
}

MemoryBudget::Share::~Share() {
    if (!granted_) {
        return;
    }
    {
        const std::scoped_lock lock(budget_.mutex_);
        budget_.free_kib_ += kib_;
        --budget_.hashes_;
    }
    budget_.given_back_.notify_all();
}

}  // namespace signet
