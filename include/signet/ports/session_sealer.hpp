#pragma once

#include <signet/domain/session.hpp>
#include <signet/domain/text.hpp>
#include <signet/result.hpp>

#include <string>
#include <string_view>

namespace signet {

// Seals the key of a session, so that whoever reads the database cannot make its refresh tokens. A
// sealed key opens for its own session only. Thread-safe.
class SessionSealer {
public:
    virtual ~SessionSealer() = default;

    // `key` has kSessionKeyBytes.
    virtual Text seal(std::string_view key, const SessionId& id) const = 0;
    // Wipe the result. session_key_unavailable when the key-encryption key is not among ours, or
    // the text is damaged or was moved; log_detail says which.
    virtual Result<std::string> open(std::string_view sealed, const SessionId& id) const = 0;
    // Whether the key that seals today sealed it: what rewrap looks for.
    virtual bool current(std::string_view sealed) const = 0;
};

}  // namespace signet
