#pragma once

#include <signet/domain/session.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signet {

// What a refresh token says, before anybody has looked whether it is true. It is
// rt1.base64url(session id (16) ‖ generation (4, big-endian) ‖ tag (32)), where the tag is
// HMAC-SHA-256 under the key of the session over "rt1" ‖ session id ‖ generation ‖ client id; the
// client id is empty until there are clients.
struct RefreshToken {
    SessionId session;
    std::uint32_t generation = 0;
    std::string tag;  // 32 bytes
};

// Every text but one has no reading: the length, the alphabet and the unused bits are looked at.
std::optional<RefreshToken> read_refresh_token(std::string_view text);

// The token of this generation. Wipe it after use.
std::string make_refresh_token(const SessionId& session, std::uint32_t generation,
                               std::string_view key);

// Whether the session with this key gave it out; in constant time.
bool is_genuine(const RefreshToken& token, std::string_view key);

}  // namespace signet
