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

// Whether what is remembered may be relied on.
struct Outlook {
    bool confirmed = false;  // changes were followed until not too long ago
    bool away = false;       // the database cannot be reached: asking it would only take time
};

// Remembers who users are now: what was loaded, less what has changed since. Thread-safe. A call
// takes less than a microsecond, and the memory is bounded.
class LiveUsers {
public:
    virtual ~LiveUsers() = default;

    struct Known {
        std::shared_ptr<const UserNow> user;  // null if nothing is known
        // The custom claims are older than they may be while the database can be reached.
        bool aged = false;
        // A reading failed a moment ago, and it is not worth while to try another one yet.
        std::optional<Error> failure;
    };
    virtual Known find(const Uuid& user) = 0;
    virtual Outlook outlook() const = 0;

    // What was read between begin_load() and finish_load() is kept only if nobody said meanwhile
    // that the user has changed: the reading might be from before the change.
    struct Ticket {
        Uuid user;
        std::uint64_t generation = 0;
    };
    virtual Ticket begin_load(const Uuid& user) = 0;
    virtual void finish_load(const Ticket& ticket, std::shared_ptr<const UserNow> user) = 0;
    virtual void fail_load(const Ticket& ticket, const Error& error) = 0;
};

// What is read of a user for the webhook, as of one moment of the store.
struct UserReading {
    // Nothing if there is no such user. Without the password hash, and with claims if it is active.
    std::optional<Account> account;
    std::vector<LiveSession> sessions;
};

// Reads users for the webhook. An object belongs to one thread. Errors: those of AccountStore, and
// claims_failed.
class UserReader {
public:
    virtual ~UserReader() = default;
    virtual Result<UserReading> read(const UserId& id) = 0;
};

// Users whose rows have changed, so that what was known of them is out of date.
struct UserNews {
    bool everybody = false;
    std::vector<Uuid> users;
};

// Tells which users have changed, by whatever means. An object belongs to one thread, with the
// errors of AccountStore.
class UserFeed {
public:
    virtual ~UserFeed() = default;

    // Returns everything that was committed since the call before, and possibly changes that were
    // told already. Returns `everybody` at the first call, and whenever it cannot be said what was
    // missed.
    virtual Result<UserNews> read() = 0;

    // Waits until there may be news and returns true, or false after `timeout`. A hint can be lost.
    virtual bool wait(std::chrono::milliseconds timeout) = 0;
};

}  // namespace signet
