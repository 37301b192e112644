#pragma once

#include <signet/domain/session.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signet {

// The parts of a refresh token, before its tag was verified. The token is
// rt1.base64url(session id (16) ‖ generation (4, big-endian) ‖ tag (32)), where the tag is
// HMAC-SHA-256 under the key of the session over "rt1" ‖ session id ‖ generation ‖ client id; the
// client id is empty until there are clients.
struct RefreshToken {
    SessionId session;
    std::uint32_t generation = 0;
    std::string tag;  // 32 bytes
};

// Returns the parts, or nothing if `text` is not in the form of a token. Every token has exactly
// one form: the length, the alphabet and the unused bits are checked.
std::optional<RefreshToken> read_refresh_token(std::string_view text);

// Returns the token of this generation. The caller wipes it after use.
std::string make_refresh_token(const SessionId& session, std::uint32_t generation,
                               std::string_view key);

// Tells in constant time whether the token was issued for the session that has this key.
bool is_genuine(const RefreshToken& token, std::string_view key);

}  // namespace signet
