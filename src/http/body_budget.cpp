#include "http/body_budget.hpp"

namespace signet::http {

bool BodyBudget::take(std::size_t bytes) {
    std::size_t taken = taken_;
    do {
        if (bytes > bytes_max_ - taken) {
            return false;
        }
    } while (!taken_.compare_exchange_weak(taken, taken + bytes));
    return true;
}

bool BodyShare::grow_to(std::size_t bytes) {
    if (bytes <= bytes_) {
        return true;
    }
    if (!budget_->take(bytes - bytes_)) {
        return false;
    }
    bytes_ = bytes;
    return true;
}

}  // namespace signet::http
