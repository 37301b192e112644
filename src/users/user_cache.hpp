#pragma once

#include "base/system.hpp"

#include <signet/ports/users.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace signet::users {

// How long it is remembered that a user does not exist. It is short, because the user may be
// inserted at any time, and no trigger reports that.
inline constexpr std::chrono::milliseconds kGoneAgeMax{500};
inline constexpr std::chrono::seconds kUserAgeMax{600};
// How long a reading that failed is not tried again. Otherwise one user whose claims cannot be read
// could occupy every thread of the lane.
inline constexpr std::chrono::milliseconds kFailureAgeMax{1000};
inline constexpr std::size_t kFailuresPerShardMax = 64;

struct UserCacheOptions {
    std::size_t bytes_max = std::size_t{64} * 1024 * 1024;
    // How old an entry may be while the database can be reached. Custom claims change without
    // notice, and a change of the rest may have been missed after all.
    std::chrono::seconds age_max = kUserAgeMax;
    // How long the cache answers after it was last confirmed.
    std::chrono::seconds stale_max{60};
    // Tests set their own clock.
    std::chrono::steady_clock::time_point (*steady_now)() = &now_since_boot;
};

// Users by id, in shards with a lock each. When the share of a shard is used up, its least recently
// used entries are dropped. Thread-safe.
class UserCache final : public LiveUsers {
public:
    using Time = std::chrono::steady_clock::time_point;

    explicit UserCache(UserCacheOptions options);
    ~UserCache() override;
    UserCache(const UserCache&) = delete;
    UserCache& operator=(const UserCache&) = delete;

    Known find(const Uuid& user) override;
    CacheState state() const override;
    Ticket begin_load(const Uuid& user) override;
    void finish_load(const Ticket& ticket, std::shared_ptr<const UserNow> user) override;
    void fail_load(const Ticket& ticket, const Error& error) override;

    // Drops what is known about the user, or about all users, and discards what is being read at
    // the moment.
    void invalidate(const Uuid& user);
    void invalidate_all();
    // Records that every change that was committed before `seen_at` has been passed to
    // invalidate().
    void confirm(Time seen_at);
    // Records whether the database is out of reach.
    void set_away(bool away) { away_.store(away, std::memory_order_release); }

    struct Size {
        std::size_t users = 0;
        std::size_t bytes = 0;
    };
    Size size() const;

    struct Figures {
        Size size;
        std::uint64_t hits = 0;
        std::uint64_t misses = 0;
        // How long ago the cache was last confirmed; nothing if it never was.
        std::optional<std::chrono::nanoseconds> age;
    };
    Figures figures() const;

private:
    struct Shard;

    Shard& shard_of(const Uuid& user);

    const UserCacheOptions options_;
    std::vector<std::unique_ptr<Shard>> shards_;
    std::atomic<Time::rep> confirmed_at_;
    std::atomic<bool> away_{false};
};

}  // namespace signet::users
