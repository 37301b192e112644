#pragma once

#include <signet/domain/signing_key.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The life of signing keys as a state machine without I/O: next -> active -> retired -> removed,
// and revoked from anywhere. These functions take `now` and change the lives in memory; the homes
// of the keys (a directory, PostgreSQL) store the result under their own lock. All times are Unix
// seconds by the clock of the home.
namespace signet::keys {

using KeyLives = std::vector<KeyLife>;

// How much longer than its tokens are valid a retired key stays published: the sum of the
// verifiers' leeway (60 s), the age that a replica's view may have when it signs (60 s), and the
// time that the change itself may take until it is written (10 s).
inline constexpr std::int64_t kKeepBeyondTokensS = 130;

struct RotationPolicy {
    std::optional<std::int64_t> period_s;  // AUTH_KEY_ROTATION; without it only commands rotate
    std::int64_t publish_ahead_s = 3600;   // AUTH_KEY_PUBLISH_AHEAD
    // AUTH_ACCESS_TOKEN_TTL of this process. Other processes that sign with the same keys may have
    // another one, and KeyLife::tokens_ttl_s records the longest.
    std::int64_t tokens_ttl_s = 900;
};

// Why a transition was refused. The keys are as they were.
enum class RotationFault : std::uint8_t {
    kid_taken,    // there is a key of this kid, in whatever state
    next_exists,  // there is a next key already
    no_next,      // there is no key to promote
    too_young,    // the next key was published too short a time ago
    unknown_key,
    not_next,      // only a next key can be taken back
    no_successor,  // the active key can be revoked only if another one can sign
    already_revoked,
};

// Returns what a refusal means, as half a sentence.
std::string_view explain(RotationFault fault);

// Adds a new key, which is published from `now_s` on, and is active at once if no key can sign.
std::optional<RotationFault> stage(KeyLives& keys, std::string_view kid, std::string_view alg,
                                   const RotationPolicy& policy, std::int64_t now_s);

// Adds the public key of a predecessor, which is published until `until_s`.
std::optional<RotationFault> publish_foreign(KeyLives& keys, std::string_view kid,
                                             std::string_view alg, std::int64_t until_s,
                                             std::int64_t now_s);

// Makes the next key active and retires the active one. With `force` that may be before its time.
std::optional<RotationFault> promote(KeyLives& keys, const RotationPolicy& policy,
                                     std::int64_t now_s, bool force = false);

// Returns for how many seconds consumers would refuse tokens if the next key were promoted now.
std::int64_t seconds_too_young(const KeyLives& keys, std::int64_t now_s);

// Takes a next key back. It never signed, so it is removed at once.
std::optional<RotationFault> retire(KeyLives& keys, std::string_view kid);

// Unpublishes a key at once, in an emergency. If it was the active key, the next one takes its
// place even before its time: tokens that some consumers refuse for a while are better than tokens
// of a stolen key.
std::optional<RotationFault> revoke(KeyLives& keys, std::string_view kid,
                                    const RotationPolicy& policy, std::int64_t now_s);

// Returns whether the record of a key that signs, or will sign, allows only tokens of a shorter
// lifetime than this policy's. No longer-lived token may be signed before the record is raised.
bool needs_raise(const KeyLives& keys, const RotationPolicy& policy);

// Raises the record of the active and the next key to the policy's. Returns the kids of those that
// changed.
std::vector<std::string> raise_tokens_ttl(KeyLives& keys, const RotationPolicy& policy);

// Removes retired and revoked keys whose last token has expired. Returns how many.
std::size_t remove_dead(KeyLives& keys, std::int64_t now_s);

// What rotation has to do now.
enum class Due : std::uint8_t {
    nothing,
    first_key,  // no key can sign: stage one
    remove,     // remove_dead() would remove something
    promote,    // the active key has had its time, and the next one is old enough
    stage,      // a next key is missing
};
// Returns the most urgent of them.
Due due(const KeyLives& keys, const RotationPolicy& policy, std::int64_t now_s);

// Returns when the active key will be replaced (Unix time), or nothing if nothing does that by
// itself, or there is none.
std::optional<std::int64_t> next_rotation_s(const KeyLives& keys, const RotationPolicy& policy);

// Both return null if there is no such key.
const KeyLife* active_key(const KeyLives& keys);
const KeyLife* next_key(const KeyLives& keys);

}  // namespace signet::keys
