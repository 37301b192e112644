#pragma once

#include <signet/domain/role.hpp>
#include <signet/domain/uuid.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace signet {

// What the webhook has to know of an access token that was found good.
struct TokenFacts {
    Uuid user;
    Uuid session;
    std::int64_t expires_at_s = 0;  // Unix time
};

struct LiveSession {
    Uuid id;
    std::int64_t until_s = 0;  // when it ends if nothing is done; Unix time

    bool operator==(const LiveSession&) const = default;
};

// How many sessions of one user are remembered as over, so that their tokens cost no look at the
// database.
inline constexpr std::size_t kEndedSessionsMax = 64;

// Who a user was at one moment of the database, as far as the webhook cares. Immutable once it is
// shared.
struct UserNow {
    enum class Standing : std::uint8_t { good, gone, inactive, without_role };

    Uuid id;
    Standing standing = Standing::gone;
    RoleSet roles;                              // with Standing::good
    std::map<std::string, std::string> custom;  // further x-hasura-* variables
    std::vector<LiveSession> sessions;
    std::vector<Uuid> ended;  // were asked for and are over, the oldest first
    std::chrono::steady_clock::time_point loaded_at{};

    // Null when there is no such session, or none that was known then.
    const LiveSession* find_session(const Uuid& session) const;
    bool has_ended(const Uuid& session) const;
    // At most kEndedSessionsMax are kept: the oldest is forgotten.
    void note_ended(const Uuid& session);

    // What it takes of memory, roughly.
    std::size_t bytes() const;
};

}  // namespace signet
