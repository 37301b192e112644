#pragma once

#include <signet/domain/error.hpp>
#include <signet/domain/live_user.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace signet {

// Whether what is remembered may be relied on.
struct Outlook {
    bool confirmed = false;  // changes were followed until not too long ago
    bool away = false;       // the database cannot be reached: asking it would only take time
};

// Who users are now, from memory: what was loaded, less what has changed since. Thread-safe, takes
// less than a microsecond, and its size is bounded.
class LiveUsers {
public:
    virtual ~LiveUsers() = default;

    struct Known {
        std::shared_ptr<const UserNow> user;  // null: nothing is known
        bool aged = false;  // its custom claims are older than they may be while the database is
                            // there
        std::optional<Error> failure;  // of a reading a moment ago: another one is not worth while
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

}  // namespace signet
