#pragma once

#include "keyring/rsa_key.hpp"

#include <signet/result.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet::keyring {

// The only algorithm that tokens are signed with, and that is taken back.
inline constexpr std::string_view kAlg = "RS256";

// In the order in which keys are published.
enum class KeyState : std::uint8_t {
    active,   // signs
    next,     // published ahead, will sign
    retired,  // published as long as tokens that it signed live
};
std::string_view to_string(KeyState state);

struct Key {
    std::string kid;
    std::string alg{kAlg};
    KeyState state = KeyState::active;
    std::int64_t created_at_s = 0;  // Unix time
    RsaKey key;                     // the private half may be absent unless the key is active
};

// What an operator sees of a key.
struct KeyInfo {
    std::string kid;
    std::string alg;
    std::size_t bits = 0;
    KeyState state = KeyState::active;
    std::int64_t created_at_s = 0;
    bool has_private = false;
};

// The keys of one moment: exactly one active, every kid once. Immutable.
class KeySet {
public:
    // Errors: no_signing_key, with a sentence in log_detail.
    static Result<KeySet> make(std::vector<Key> keys);

    const Key& active() const { return keys_.front(); }
    // Null when the kid is not ours.
    const Key* find(std::string_view kid) const;
    // active, next, retired; oldest first within a state.
    std::span<const Key> keys() const { return keys_; }

    // RFC 7517 section 5: the public halves, in the order of keys().
    std::string jwks() const;
    std::vector<KeyInfo> list() const;

private:
    explicit KeySet(std::vector<Key> keys) : keys_(std::move(keys)) {}
    std::vector<Key> keys_;
};

}  // namespace signet::keyring
