#pragma once

#include "base/log.hpp"
#include "users/user_cache.hpp"

#include <signet/ports/user_feed.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

namespace signet::server {

// How long a request to stop may go unnoticed.
inline constexpr std::chrono::milliseconds kUserWaitSlice{200};
// After a look: however often somebody writes, there are not more looks than one in this time.
inline constexpr std::chrono::milliseconds kUserLookPause{10};
// While the changes cannot be read: the first pause, doubled up to the last.
inline constexpr std::chrono::milliseconds kUserRetryMin{100};
inline constexpr std::chrono::milliseconds kUserRetryMax{1000};

// Tells a user cache what has changed, on a thread of its own: as soon as a notification hints at
// it, and every `check` whatever was heard.
class UserWatch {
public:
    struct Options {
        std::unique_ptr<UserFeed> feed;
        std::chrono::milliseconds check{5000};
        // Why the database cannot be used yet (it has to be migrated first, for example), or
        // nothing. Called until it says nothing.
        std::function<std::string()> obstacle;
    };

    // `cache` and `log` have to outlive it.
    UserWatch(Options options, users::UserCache& cache, const Log& log);
    UserWatch(const UserWatch&) = delete;
    UserWatch& operator=(const UserWatch&) = delete;

private:
    void run(const std::stop_token& stop);
    bool look();
    void note(std::string problem, std::string_view detail);

    Options options_;
    users::UserCache& cache_;
    const Log& log_;
    std::string problem_;
    std::jthread thread_;
};

// How often to look: `check`, and often enough that a cache which may answer for `stale_max` after
// a look does not run dry between two.
std::chrono::milliseconds look_interval(std::chrono::seconds check, std::chrono::seconds stale_max);

}  // namespace signet::server
