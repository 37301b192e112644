#pragma once

#include <signet/domain/error.hpp>
#include <signet/domain/live_user.hpp>
#include <signet/domain/user.hpp>
#include <signet/domain/uuid.hpp>
#include <signet/result.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace signet {

// Tells whether cached users may be relied on.
struct CacheState {
    bool confirmed = false;  // the changes have been read recently enough
    bool away = false;       // the database cannot be reached, so a query would only take time
};

// Caches the current state of users: those that were loaded and have not changed since.
// Thread-safe. A call takes less than a microsecond, and the memory is bounded.
class LiveUsers {
public:
    virtual ~LiveUsers() = default;

    struct Known {
        std::shared_ptr<const UserNow> user;  // null if nothing is known
        // The custom claims are too old to be used while the database can be reached.
        bool aged = false;
        // Why a read failed a moment ago, so that another one is not worth trying yet.
        std::optional<Error> failure;
    };
    virtual Known find(const Uuid& user) = 0;
    virtual CacheState state() const = 0;

    // A user that was read between begin_load() and finish_load() is kept only if no change of the
    // user was reported in between, because the read might precede that change.
    struct Ticket {
        Uuid user;
        std::uint64_t generation = 0;
    };
    virtual Ticket begin_load(const Uuid& user) = 0;
    virtual void finish_load(const Ticket& ticket, std::shared_ptr<const UserNow> user) = 0;
    virtual void fail_load(const Ticket& ticket, const Error& error) = 0;
};

// What the webhook needs of a user, at one moment of the store.
struct UserReading {
    // Empty if there is no such user. It has no password hash, and has claims if it is active.
    std::optional<Account> account;
    std::vector<LiveSession> sessions;
};

// Reads users for the webhook. An object belongs to one thread. Its errors are those of
// AccountStore and claims_failed.
class UserReader {
public:
    virtual ~UserReader() = default;
    virtual Result<UserReading> read(const UserId& id) = 0;
};

// The users whose rows have changed, so that cached state of them is out of date.
struct UserNews {
    bool everybody = false;
    std::vector<Uuid> users;
};

// Reports which users have changed, by whatever means. An object belongs to one thread and has the
// errors of AccountStore.
class UserFeed {
public:
    virtual ~UserFeed() = default;

    // Returns all changes that were committed since the previous call, and possibly some that were
    // reported before. Sets `everybody` at the first call, and whenever it cannot know what it has
    // missed.
    virtual Result<UserNews> read() = 0;

    // Waits until there may be changes and returns true, or returns false after `timeout`. It can
    // miss a change.
    virtual bool wait(std::chrono::milliseconds timeout) = 0;
};

}  // namespace signet
