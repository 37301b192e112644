#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace signet::http {

// A body up to this size is not counted: so much for each connection is what connections_max
// bounds.
inline constexpr std::size_t kUncountedBodyBytesMax = 16 * 1024;

// The memory that the larger bodies of all connections may take together. Thread-safe.
class BodyBudget {
public:
    explicit BodyBudget(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    // Takes `bytes` out of it; false, and nothing is taken, when there are not so many left.
    bool take(std::size_t bytes);
    void give_back(std::size_t bytes) { taken_ -= bytes; }

    // How many are taken now.
    std::size_t taken() const { return taken_; }

private:
    const std::size_t bytes_max_;
    std::atomic<std::size_t> taken_{0};
};

// What one request has taken out of the budget; gives it back when it goes. It goes with the
// request and so may outlive the server, on a lane. One thread's at a time.
class BodyShare {
public:
    explicit BodyShare(std::shared_ptr<BodyBudget> budget) : budget_(std::move(budget)) {}
    ~BodyShare() { budget_->give_back(bytes_); }
    BodyShare(const BodyShare&) = delete;
    BodyShare& operator=(const BodyShare&) = delete;

    // Makes the share `bytes` large, if it is smaller; false when the budget has not got them.
    bool grow_to(std::size_t bytes);

private:
    std::shared_ptr<BodyBudget> budget_;
    std::size_t bytes_ = 0;
};

}  // namespace signet::http
