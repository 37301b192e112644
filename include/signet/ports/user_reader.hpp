#pragma once

#include <signet/domain/live_user.hpp>
#include <signet/domain/user.hpp>
#include <signet/result.hpp>

#include <optional>
#include <vector>

namespace signet {

// What is read of a user for the webhook, as of one moment of the store.
struct UserReading {
    // Without a password hash, and with its claims where it is active; nothing: there is no such
    // user.
    std::optional<Account> account;
    std::vector<LiveSession> sessions;
};

// One thread's. Errors: those of AccountStore, and claims_failed.
class UserReader {
public:
    virtual ~UserReader() = default;
    virtual Result<UserReading> read(const UserId& id) = 0;
};

}  // namespace signet
