#include "users/user_cache.hpp"

#include <iterator>
#include <limits>
#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace signet::users {
namespace {

constexpr std::size_t kShards = 64;
// The memory of a list node, a map node, its bucket, and what the allocator adds.
constexpr std::size_t kEntryOverhead = 160;
constexpr auto kNever = std::numeric_limits<UserCache::Time::rep>::min();

}  // namespace

struct UserCache::Shard {
    struct Entry {
        std::shared_ptr<const UserNow> user;
        std::size_t bytes = 0;
    };
    using Entries = std::list<Entry>;

    std::optional<Error> find_failure(const Uuid& user, Time now) const {
        const auto found = failures.find(user);
        const bool fresh = found != failures.end() && now - found->second.at <= kFailureAgeMax;
        return fresh ? std::optional(found->second.error) : std::nullopt;
    }

    void drop(Entries::iterator entry) {
        bytes -= entry->bytes;
        by_id.erase(entry->user->id);
        entries.erase(entry);
    }

    struct Failure {
        Error error;
        Time at;
    };

    mutable std::mutex mutex;
    std::unordered_map<Uuid, Failure, UuidHash> failures;  // at most kFailuresPerShardMax
    Entries entries;  // the most recently used one stands first
    std::unordered_map<Uuid, Entries::iterator, UuidHash> by_id;
    std::size_t bytes = 0;
    // Grows whenever a user of this shard has changed. It counts for all of them, so that now and
    // then a reading is dropped without need, and made again.
    std::uint64_t generation = 0;
};

UserCache::UserCache(UserCacheOptions options) : options_(options), confirmed_at_(kNever) {
    shards_.reserve(kShards);
    for (std::size_t i = 0; i < kShards; ++i) {
        shards_.push_back(std::make_unique<Shard>());
    }
}

UserCache::~UserCache() = default;

UserCache::Shard& UserCache::shard_of(const Uuid& user) {
    // Not the bits by which the map of a shard chooses its bucket.
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
        const auto found = shard.by_id.find(user);
        if (found == shard.by_id.end()) {
            return known;
        }
        shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
        known.user = found->second->user;
    }
    const auto age = now - known.user->loaded_at;
    if (known.user->standing != UserNow::Standing::gone) {
        known.aged = age > options_.age_max;
    } else if (age > kGoneAgeMax) {
        known.user.reset();
    }
    return known;
}

Outlook UserCache::outlook() const {
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
    const std::size_t bytes = user->bytes() + kEntryOverhead;
    const std::size_t share = options_.bytes_max / kShards;
    Shard& shard = shard_of(ticket.user);
    const std::lock_guard lock(shard.mutex);
    if (shard.generation != ticket.generation || user->id != ticket.user || bytes > share) {
        return;
    }
    if (const auto old = shard.by_id.find(ticket.user); old != shard.by_id.end()) {
        shard.drop(old->second);
    }
    while (shard.bytes + bytes > share) {
        shard.drop(std::prev(shard.entries.end()));
    }
    shard.failures.erase(ticket.user);
    shard.entries.push_front({std::move(user), bytes});
    shard.by_id.emplace(ticket.user, shard.entries.begin());
    shard.bytes += bytes;
}

void UserCache::fail_load(const Ticket& ticket, const Error& error) {
    Shard& shard = shard_of(ticket.user);
    const Time now = options_.steady_now();
    const std::lock_guard lock(shard.mutex);
    if (shard.generation != ticket.generation) {
        return;
    }
    if (shard.failures.size() >= kFailuresPerShardMax) {
        shard.failures.clear();  // they are tried again: so many are not the fault of single users
    }
    shard.failures.insert_or_assign(ticket.user, Shard::Failure{error, now});
}

void UserCache::invalidate(const Uuid& user) {
    Shard& shard = shard_of(user);
    const std::lock_guard lock(shard.mutex);
    ++shard.generation;
    shard.failures.erase(user);
    if (const auto found = shard.by_id.find(user); found != shard.by_id.end()) {
        shard.drop(found->second);
    }
}

void UserCache::invalidate_all() {
    for (const auto& shard : shards_) {
        Shard::Entries gone;  // freed outside the lock
        const std::lock_guard lock(shard->mutex);
        ++shard->generation;
        shard->failures.clear();
        shard->by_id.clear();
        gone.swap(shard->entries);
        shard->bytes = 0;
    }
}

void UserCache::confirm(Time seen_at) {
    confirmed_at_.store(seen_at.time_since_epoch().count(), std::memory_order_release);
}

UserCache::Size UserCache::size() const {
    Size size;
    for (const auto& shard : shards_) {
        const std::lock_guard lock(shard->mutex);
        size.users += shard->entries.size();
        size.bytes += shard->bytes;
    }
    return size;
}

}  // namespace signet::users
