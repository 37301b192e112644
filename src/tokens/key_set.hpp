#pragma once

#include "tokens/key_pair.hpp"

#include <signet/domain/signing_key.hpp>
#include <signet/result.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet::tokens {

// The algorithm of AUTH_PRIVATE_KEY, and of generated keys unless the operator says otherwise.
inline constexpr std::string_view kAlg = kRs256;

using signet::KeyState;
using signet::to_string;

struct Key {
    std::string kid;
    std::string alg{kAlg};
    KeyState state = KeyState::active;
    std::int64_t created_at_s = 0;  // Unix time
    KeyPair key;                    // the private half may be absent
    // A retired key verifies nothing from then on, whether or not its home has removed it.
    std::optional<std::int64_t> remove_after_s = {};
    bool foreign = false;  // a predecessor's key: published, but it never signs for Signet
    // The longest lifetime of a token that the key may sign, which rotation relies on. A key
    // without it is never retired (AUTH_PRIVATE_KEY), and signs tokens of any lifetime.
    std::optional<std::int64_t> tokens_ttl_s = {};

    bool is_dead(std::int64_t now_s) const { return remove_after_s && now_s >= *remove_after_s; }
};

// What operators see of a key.
struct KeyInfo {
    std::string kid;
    std::string alg;
    std::size_t bits = 0;
    KeyState state = KeyState::active;
    std::int64_t created_at_s = 0;
    bool has_private = false;
};

// The keys of one moment: at most one active, every kid once. Immutable.
class KeySet {
public:
    // An empty set publishes nothing and signs nothing.
    KeySet() = default;

    // Makes a set in which exactly one key is active and has its private half. Errors, with a
    // sentence in log_detail, are no_signing_key, and key_unusable if two keys are active or have
    // the same kid.
    static Result<KeySet> make(std::vector<Key> keys);

    // Makes a set in which the active key or its private half may be missing. It publishes the keys
    // that there are.
    static Result<KeySet> arrange(std::vector<Key> keys);

    // Returns the key that signs, or null if none can.
    const Key* signer() const;
    // Returns the key that signs. The set must have one, as every set of make() has.
    const Key& active() const { return keys_.front(); }
    // Returns the key with this kid, or null if the set has none.
    const Key* find(std::string_view kid) const;
    // The order is active, next, retired, and the oldest first within a state.
    std::span<const Key> keys() const { return keys_; }

    KeySet without_dead(std::int64_t now_s) const;

    // Returns the JWK Set (RFC 7517 section 5) of the public halves, in the order of keys().
    std::string jwks() const;
    // Returns the algorithms of keys that are not foreign, each once, in the order of keys().
    std::vector<std::string> algs() const;
    std::vector<KeyInfo> list() const;

private:
    explicit KeySet(std::vector<Key> keys) : keys_(std::move(keys)) {}
    std::vector<Key> keys_;
};

}  // namespace signet::tokens
