#pragma once

#include "base/log.hpp"
#include "server/periodic_task.hpp"
#include "users/user_cache.hpp"

#include <signet/ports/users.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace signet::server {

// The shortest time between two looks, however often somebody writes.
inline constexpr std::chrono::milliseconds kUserLookPause{10};
// The first and the longest pause while the changes cannot be read.
inline constexpr std::chrono::milliseconds kUserRetryMin{100};
inline constexpr std::chrono::milliseconds kUserRetryMax{1000};

// Tells a user cache what has changed, on a thread of its own: as soon as a notification comes, and
// every `check` without one.
class UserWatch {
public:
    struct Options {
        std::unique_ptr<UserFeed> feed;
        std::chrono::milliseconds check{5000};
        // Returns why the database cannot be used yet (it has to be migrated first, for example),
        // or nothing. It is called until it returns nothing.
        std::function<std::string()> obstacle;
    };

    // `cache` and `log` have to outlive it.
    UserWatch(Options options, users::UserCache& cache, const Log& log);
    UserWatch(const UserWatch&) = delete;
    UserWatch& operator=(const UserWatch&) = delete;

private:
    PeriodicTask::Next round();
    bool look();
    void note(std::string problem, std::string_view detail);

    Options options_;
    users::UserCache& cache_;
    const Log& log_;
    std::string problem_;
    bool may_look_ = false;
    Backoff retry_{kUserRetryMin, kUserRetryMax};
    PeriodicTask task_;
};

// Returns how often to look: every `check`, and often enough that a cache which may answer for
// `stale_max` after a look is confirmed in time.
std::chrono::milliseconds look_interval(std::chrono::seconds check, std::chrono::seconds stale_max);

}  // namespace signet::server
