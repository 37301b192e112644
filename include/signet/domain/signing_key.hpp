#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet {

// The state of a signing key. A removed key has no state, because it no longer exists.
enum class KeyState : std::uint8_t {
    active,   // signs
    next,     // is published in advance and will sign
    retired,  // no longer signs; is published as long as tokens that it signed are valid
    revoked,  // was unpublished at once; is kept only to say why its tokens are refused
};

// The names that files, lists and tables use: "active", "next", "retired", "revoked".
std::string_view to_string(KeyState state);
// Returns nothing for any other name.
std::optional<KeyState> read_key_state(std::string_view name);

// What rotation has to know about one key. All times are in Unix seconds by the clock of the key
// home.
struct KeyLife {
    std::string kid;
    std::string alg;  // RS256, ES256 or EdDSA
    KeyState state = KeyState::next;
    bool foreign = false;  // a former issuer's public key, published until its tokens expire
    std::int64_t created_at_s = 0;
    std::int64_t published_at_s = 0;
    std::int64_t active_after_s = 0;  // every consumer has fetched it by then
    std::optional<std::int64_t> activated_at_s = std::nullopt;
    std::optional<std::int64_t> retired_at_s = std::nullopt;
    // Set when the key is retired: its last token has expired by then.
    std::optional<std::int64_t> remove_after_s = std::nullopt;
    // The longest lifetime, in seconds, of any token that it may have signed on any server. It
    // never decreases.
    std::int64_t tokens_ttl_s = 0;

    friend bool operator==(const KeyLife&, const KeyLife&) = default;
};

// One key as its key home stores it.
struct StoredKey {
    KeyLife life;
    std::string public_part;   // PEM, SubjectPublicKeyInfo
    std::string private_part;  // PEM or sealed, as src/keys decides; empty if there is none

    friend bool operator==(const StoredKey&, const StoredKey&) = default;
};

using StoredKeys = std::vector<StoredKey>;

}  // namespace signet
