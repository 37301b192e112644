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
    std::int64_t idle_s = std::int64_t{14} * 86400;      // without a refresh
    std::int64_t absolute_s = std::int64_t{90} * 86400;  // at most
    std::int64_t grace_s = 30;  // a used refresh token replays its one successor
    std::size_t per_user_max = kSessionsPerUserMax;
};

// Where a session was opened, so that its user recognises it.
struct SessionClient {
    std::string device;                  // UTF-8 of at most kDeviceBytesMax bytes, one line
    std::optional<std::string> address;  // the prefix of an address: 203.0.113.0/24, 2001:db8::/48
};

// Makes it from `user_agent` as it was sent, and the peer's address in textual form.
SessionClient describe_client(std::string_view user_agent, std::string_view address);

// A session that is to be opened.
struct NewSession {
    SessionId id;
    Text sealed_key;
    SessionClient client;
    SessionPolicy policy;
};

// A session as its user sees it. Times are Unix seconds.
struct SessionInfo {
    SessionId id;
    SessionClient client;
    std::int64_t created_at_s = 0;
    std::int64_t last_used_at_s = 0;
    std::int64_t expires_at_s = 0;  // if it is not used until then
};

// What a refresh is decided on. Times are the store's, in Unix milliseconds.
struct SessionState {
    std::uint32_t generation = 0;  // of the refresh token that is to be used next
    std::int64_t rotated_at_ms = 0;
    std::int64_t idle_until_ms = 0;
    std::int64_t absolute_until_ms = 0;
    bool user_active = false;
};

// The largest generation that is handed out: a session of one refresh a second lasts 68 years.
inline constexpr std::uint32_t kGenerationMax = 0x7FFFFFFF;

// What becomes of a refresh token with a valid tag.
enum class RefreshCase : std::uint8_t {
    rotate,  // (a) the current one: the next generation begins
    replay,  // (b) the one before, within the grace: its one successor once more
    reuse,   // (c) an older one, or the one before after the grace: the session ends
    ahead,   // (d) one that we gave out, and a fail-over forgot: taken, and logged
    refuse,  // (e) the session is over, or its user is gone or inactive
};

struct RefreshDecision {
    RefreshCase which = RefreshCase::refuse;
    // The successor to hand out; after rotate and ahead the session's too. 0 with reuse and refuse.
    std::uint32_t generation = 0;
    bool operator==(const RefreshDecision&) const = default;
};

// Decides by the table (a) to (e) alone. `presented` is the generation of the token. A clock that
// was set back makes the grace longer, never shorter.
RefreshDecision decide_refresh(const SessionState& state, std::uint32_t presented,
                               std::int64_t now_ms, std::int64_t grace_s);

}  // namespace signet
