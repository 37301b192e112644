#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace signet {

// Where a signing key stands in its life. `removed` is no state: the key is gone.
enum class KeyState : std::uint8_t {
    active,   // signs
    next,     // published ahead, will sign
    retired,  // signs no more; published as long as tokens that it signed live
    revoked,  // unpublished at once; only a record of why its tokens are refused
};

// What rotation has to know of one key. All times are Unix seconds by the clock of the key's home.
struct KeyLife {
    std::string kid;
    std::string alg;  // RS256, ES256 or EdDSA
    KeyState state = KeyState::next;
    bool foreign = false;  // a predecessor's public key: published until its tokens are dead
    std::int64_t created_at_s = 0;
    std::int64_t published_at_s = 0;
    std::int64_t active_after_s = 0;  // from then on every consumer has seen it
    std::optional<std::int64_t> activated_at_s = std::nullopt;
    std::optional<std::int64_t> retired_at_s = std::nullopt;
    // Set with retired: its last token is dead by then.
    std::optional<std::int64_t> remove_after_s = std::nullopt;
    // The longest lifetime of any token that it may have signed, whichever server did. Only grows.
    std::int64_t tokens_ttl_s = 0;

    friend bool operator==(const KeyLife&, const KeyLife&) = default;
};

// One key as its home keeps it. What the two halves look like is the key ring's business: PEM, or
// sealed under a key-encryption key.
struct StoredKey {
    KeyLife life;
    std::string public_part;   // PEM, SubjectPublicKeyInfo
    std::string private_part;  // empty: there is none, or it signs no more

    friend bool operator==(const StoredKey&, const StoredKey&) = default;
};

using StoredKeys = std::vector<StoredKey>;

}  // namespace signet
