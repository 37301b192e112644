#include "users/user_cache.hpp"

#include "base/lru_cache.hpp"
#include "base/metrics.hpp"

#include <limits>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace signet::users {
namespace {

constexpr std::size_t kShards = 64;
constexpr auto kNever = std::numeric_limits<UserCache::Time::rep>::min();

}  // namespace

struct UserCache::Shard {
    explicit Shard(std::size_t bytes_max) : users(bytes_max) {}

    std::optional<Error> find_failure(const Uuid& user, Time now) const {
        const auto found = failures.find(user);
        const bool fresh = found != failures.end() && now - found->second.at <= kFailureAgeMax;
        return fresh ? std::optional(found->second.error) : std::nullopt;
    }

    struct Failure {
        Error error;
        Time at;
    };

    mutable std::mutex mutex;
    std::unordered_map<Uuid, Failure, UuidHash> failures;  // at most kFailuresPerShardMax
    LruCache<Uuid, std::shared_ptr<const UserNow>, UuidHash> users;
    // Grows whenever a user of this shard has changed. It counts for all of them, so that now and
    // then a reading is dropped without need, and made again.
    std::uint64_t generation = 0;
    OwnCounter hits;
    OwnCounter misses;
};

UserCache::UserCache(UserCacheOptions options) : options_(options), confirmed_at_(kNever) {
    shards_.reserve(kShards);
    for (std::size_t i = 0; i < kShards; ++i) {
        shards_.push_back(std::make_unique<Shard>(options_.bytes_max / kShards));
    }
}

UserCache::~UserCache() = default;

UserCache::Shard& UserCache::shard_of(const Uuid& user) {
    // These are not the bits by which the map of a shard chooses its bucket.
    return *shards_[(UuidHash()(user) >> 32U) % kShards];
}

LiveUsers::Known UserCache::find(const Uuid& user) {
    Shard& shard = shard_of(user);
    const Time now = options_.steady_now();
    Known known;
    {
        const std::lock_guard lock(shard.mutex);
        if (!shard.failures.empty()) {
            known.failure = shard.find_failure(user, now);
        }
        const auto* const found = shard.users.find(user);
        (found == nullptr ? shard.misses : shard.hits).add();
        if (found == nullptr) {
            return known;
        }
        known.user = *found;
    }
    const auto age = now - known.user->loaded_at;
    if (known.user->status != UserNow::Status::gone) {
        known.aged = age > options_.age_max;
    } else if (age > kGoneAgeMax) {
        known.user.reset();
    }
    return known;
}

CacheState UserCache::state() const {
    const Time::rep at = confirmed_at_.load(std::memory_order_acquire);
    const bool confirmed =
        at != kNever && options_.steady_now() - Time(Time::duration(at)) <= options_.stale_max;
    return {confirmed, away_.load(std::memory_order_acquire)};
}

LiveUsers::Ticket UserCache::begin_load(const Uuid& user) {
    Shard& shard = shard_of(user);
    const std::lock_guard lock(shard.mutex);
    return {user, shard.generation};
}

void UserCache::finish_load(const Ticket& ticket, std::shared_ptr<const UserNow> user) {
    const std::size_t bytes = user->bytes();
    Shard& shard = shard_of(ticket.user);
    const std::lock_guard lock(shard.mutex);
    if (shard.generation != ticket.generation || user->id != ticket.user) {
        return;
    }
    shard.failures.erase(ticket.user);
    shard.users.put(ticket.user, std::move(user), bytes);
}

void UserCache::fail_load(const Ticket& ticket, const Error& error) {
    Shard& shard = shard_of(ticket.user);
    const Time now = options_.steady_now();
    const std::lock_guard lock(shard.mutex);
    if (shard.generation != ticket.generation) {
        return;
    }
    if (shard.failures.size() >= kFailuresPerShardMax) {
        shard.failures.clear();  // so many are not caused by single users, so all are tried again
    }
    shard.failures.insert_or_assign(ticket.user, Shard::Failure{error, now});
}

void UserCache::invalidate(const Uuid& user) {
    Shard& shard = shard_of(user);
    const std::lock_guard lock(shard.mutex);
    ++shard.generation;
    shard.failures.erase(user);
    shard.users.erase(user);
}

void UserCache::invalidate_all() {
    for (const auto& shard : shards_) {
        decltype(Shard::users) gone(shard->users.bytes_max());  // freed outside the lock
        const std::lock_guard lock(shard->mutex);
        ++shard->generation;
        shard->failures.clear();
        std::swap(gone, shard->users);
    }
}

void UserCache::confirm(Time seen_at) {
    confirmed_at_.store(seen_at.time_since_epoch().count(), std::memory_order_release);
}

UserCache::Size UserCache::size() const {
    Size size;
    for (const auto& shard : shards_) {
        const std::lock_guard lock(shard->mutex);
        size.users += shard->users.size();
        size.bytes += shard->users.bytes();
    }
    return size;
}

UserCache::Figures UserCache::figures() const {
    Figures figures{size(), 0, 0, std::nullopt};
    for (const auto& shard : shards_) {
        figures.hits += shard->hits.value();
        figures.misses += shard->misses.value();
    }
    const Time::rep at = confirmed_at_.load(std::memory_order_acquire);
    if (at != kNever) {
        figures.age = options_.steady_now() - Time(Time::duration(at));
    }
    return figures;
}

}  // namespace signet::users
