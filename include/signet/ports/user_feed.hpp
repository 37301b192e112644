#pragma once

#include <signet/domain/uuid.hpp>
#include <signet/result.hpp>

#include <chrono>
#include <vector>

namespace signet {

// Whose rows have changed: what was known of them before is out of date.
struct UserNews {
    bool everybody = false;
    std::vector<Uuid> users;
};

// Tells what has changed about users, by whatever means. One thread's; the errors of AccountStore.
class UserFeed {
public:
    virtual ~UserFeed() = default;

    // Everything that was committed since the call before, and maybe some that was told already.
    // Everybody at the first call, and whenever it cannot be said what was missed.
    virtual Result<UserNews> read() = 0;

    // Waits until there may be news: true; at most for `timeout`: false. A hint can be lost.
    virtual bool wait(std::chrono::milliseconds timeout) = 0;
};

}  // namespace signet
