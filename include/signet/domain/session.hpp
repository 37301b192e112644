#pragma once

#include <signet/domain/text.hpp>
#include <signet/domain/uuid.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signet {

inline constexpr std::size_t kSessionsPerUserMax = 50;
inline constexpr std::size_t kDeviceBytesMax = 128;
inline constexpr std::size_t kSessionKeyBytes = 32;

// How long sessions last.
struct SessionPolicy {
    std::int64_t idle_s = std::int64_t{14} * 86400;      // the longest time without a refresh
    std::int64_t absolute_s = std::int64_t{90} * 86400;  // the longest lifetime
    std::int64_t grace_s = 30;  // how long a used refresh token still returns its one successor
    std::size_t per_user_max = kSessionsPerUserMax;
};

// Describes where a session was opened, so that its user recognises it.
struct SessionClient {
    std::string device;                  // UTF-8 of at most kDeviceBytesMax bytes, one line
    std::optional<std::string> address;  // the prefix of an address: 203.0.113.0/24, 2001:db8::/48
};

// Describes a client by the User-Agent header as it was sent and the peer's address in text form.
SessionClient describe_client(std::string_view user_agent, std::string_view address);

// The data of a session that is about to be opened.
struct NewSession {
    SessionId id;
    Text sealed_key;
    SessionClient client;
    SessionPolicy policy;
};

// A session as its user sees it. Times are in Unix seconds.
struct SessionInfo {
    SessionId id;
    SessionClient client;
    std::int64_t created_at_s = 0;
    std::int64_t last_used_at_s = 0;
    std::int64_t expires_at_s = 0;  // unless it is used before
};

// What the decision about a refresh depends on. Times are by the clock of the store, in Unix
// milliseconds.
struct SessionState {
    std::uint32_t generation = 0;  // of the current refresh token
    std::int64_t rotated_at_ms = 0;
    std::int64_t idle_until_ms = 0;
    std::int64_t absolute_until_ms = 0;
    bool user_active = false;
};

// The largest generation that is handed out: a session of one refresh a second lasts 68 years.
inline constexpr std::uint32_t kGenerationMax = 0x7FFFFFFF;

// What happens to a refresh token with a valid tag.
enum class RefreshCase : std::uint8_t {
    rotate,  // (a) it is the current one: the next generation begins
    replay,  // (b) it is the previous one, within the grace: its one successor is returned again
    reuse,   // (c) it is older, or the previous one after the grace: the session ends
    ahead,   // (d) we issued it, but a fail-over lost that: it is accepted, and logged
    refuse,  // (e) the session has ended, or its user is gone or inactive
};

struct RefreshDecision {
    RefreshCase which = RefreshCase::refuse;
    // The generation of the successor to return. After rotate and ahead it is the session's new
    // generation too. It is 0 with reuse and refuse.
    std::uint32_t generation = 0;
    bool operator==(const RefreshDecision&) const = default;
};

// Decides by the cases (a) to (e) of RefreshCase and nothing else. `presented` is the generation of
// the token. A clock that was set back makes the grace longer, never shorter.
RefreshDecision decide_refresh(const SessionState& state, std::uint32_t presented,
                               std::int64_t now_ms, std::int64_t grace_s);

}  // namespace signet
