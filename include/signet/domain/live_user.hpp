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

// What the webhook has to know about an access token that was verified.
struct TokenFacts {
    Uuid user;
    Uuid session;
    std::int64_t expires_at_s = 0;  // Unix time
};

struct LiveSession {
    Uuid id;
    std::int64_t until_s = 0;  // when it ends unless it is refreshed; Unix time

    bool operator==(const LiveSession&) const = default;
};

// How many ended sessions of one user are remembered, so that their tokens cost no query of the
// database.
inline constexpr std::size_t kEndedSessionsMax = 64;

// The state of a user at one moment of the database, as far as the webhook needs it. Immutable once
// it is shared.
struct UserNow {
    enum class Status : std::uint8_t { good, gone, inactive, without_role };

    Uuid id;
    Status status = Status::gone;
    RoleSet roles;                              // only with Status::good
    std::map<std::string, std::string> custom;  // further x-hasura-* variables
    std::vector<LiveSession> sessions;
    std::vector<Uuid> ended;  // sessions that were asked for and have ended, the oldest first
    std::chrono::steady_clock::time_point loaded_at{};

    // Returns null if the user has no such session, or had none when this was loaded.
    const LiveSession* find_session(const Uuid& session) const;
    bool has_ended(const Uuid& session) const;
    // Remembers that the session has ended. Beyond kEndedSessionsMax the oldest one is forgotten.
    void note_ended(const Uuid& session);

    // Returns roughly how many bytes of memory the object takes.
    std::size_t bytes() const;
};

}  // namespace signet
