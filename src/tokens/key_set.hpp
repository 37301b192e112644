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

namespace signet {

// "active", "next", "retired", "revoked": as files, lists and tables name them.
std::string_view to_string(KeyState state);
std::optional<KeyState> read_key_state(std::string_view name);

}  // namespace signet

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
    // A retired key verifies nothing from then on, whatever its home has got round to.
    std::optional<std::int64_t> remove_after_s = {};
    bool foreign = false;  // a predecessor's: published, and nothing of ours was signed by it
    // The longest lifetime of a token that it may sign: who retires it counts on that. Nothing:
    // it is never retired (AUTH_PRIVATE_KEY), and so signs whatever is asked.
    std::optional<std::int64_t> tokens_ttl_s = {};

    bool is_dead(std::int64_t now_s) const { return remove_after_s && now_s >= *remove_after_s; }
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

// The keys of one moment: at most one active, every kid once. Immutable.
class KeySet {
public:
    // No keys: publishes nothing and signs nothing.
    KeySet() = default;

    // Exactly one key is active, with its private half. Errors, with a sentence in log_detail:
    // no_signing_key, and key_unusable when two are active or have one kid.
    static Result<KeySet> make(std::vector<Key> keys);

    // The same, where the active key or its private half may be missing: it publishes what there
    // is.
    static Result<KeySet> arrange(std::vector<Key> keys);

    // The key that signs. Null when there is none that can.
    const Key* signer() const;
    // The same, of a set that has one, as every set of make().
    const Key& active() const { return keys_.front(); }
    // Null when the kid is not ours.
    const Key* find(std::string_view kid) const;
    // active, next, retired; oldest first within a state.
    std::span<const Key> keys() const { return keys_; }

    KeySet without_dead(std::int64_t now_s) const;

    // RFC 7517 section 5: the public halves, in the order of keys().
    std::string jwks() const;
    // The algorithms of our own keys, each once, in the order of keys().
    std::vector<std::string> algs() const;
    std::vector<KeyInfo> list() const;

private:
    explicit KeySet(std::vector<Key> keys) : keys_(std::move(keys)) {}
    std::vector<Key> keys_;
};

}  // namespace signet::tokens
