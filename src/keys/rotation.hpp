#pragma once

#include <signet/domain/signing_key.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The life of signing keys as a state machine without I/O: next -> active -> retired -> removed,
// and revoked from anywhere. It takes `now` and gives back what the keys are afterwards; the homes
// of the keys (a directory, PostgreSQL) write that down under their own lock. All times are Unix
// seconds by the clock of the home.
namespace signet::keys {

using KeyLives = std::vector<KeyLife>;

// How much longer than its tokens live a retired key stays published: the verifiers' leeway (60 s),
// the age that a replica's view may have when it signs (60 s), and the time that the change itself
// may take until it is written.
inline constexpr std::int64_t kKeepBeyondTokensS = 130;

struct RotationPolicy {
    std::optional<std::int64_t> period_s;  // AUTH_KEY_ROTATION; nothing: by hand only
    std::int64_t publish_ahead_s = 3600;   // AUTH_KEY_PUBLISH_AHEAD
    // AUTH_ACCESS_TOKEN_TTL of this process. Others that sign with the same keys may have another
    // one: the longest is recorded in KeyLife::tokens_ttl_s.
    std::int64_t tokens_ttl_s = 900;
};

// Why a transition was refused; the keys are as they were.
enum class RotationFault : std::uint8_t {
    kid_taken,    // a key of this kid is there, in whatever state
    next_exists,  // there is a next key already
    no_next,      // there is nothing to promote
    too_young,    // the next key was published too short a time ago
    unknown_key,
    not_next,      // only a next key can be taken back
    no_successor,  // the active key can be revoked only if another one can sign
    already_revoked,
};

// A new key: published from `now_s` on, and the active one at once if no key can sign.
std::optional<RotationFault> stage(KeyLives& keys, std::string_view kid, std::string_view alg,
                                   const RotationPolicy& policy, std::int64_t now_s);

// A predecessor's public key, published until `until_s`.
std::optional<RotationFault> publish_foreign(KeyLives& keys, std::string_view kid,
                                             std::string_view alg, std::int64_t until_s,
                                             std::int64_t now_s);

// The next key becomes active and the active one retired. `force` promotes it before its time.
std::optional<RotationFault> promote(KeyLives& keys, const RotationPolicy& policy,
                                     std::int64_t now_s, bool force = false);

// For how many seconds consumers would refuse tokens if the next key were promoted now.
std::int64_t seconds_too_young(const KeyLives& keys, std::int64_t now_s);

// Takes a next key back: it never signed, so it is gone at once.
std::optional<RotationFault> retire(KeyLives& keys, std::string_view kid);

// The emergency: unpublished at once. If it was the active key, the next one takes its place, also
// before its time: tokens that some refuse for a while are better than tokens of a stolen key.
std::optional<RotationFault> revoke(KeyLives& keys, std::string_view kid,
                                    const RotationPolicy& policy, std::int64_t now_s);

// Whether a key that signs, or will sign, is recorded to sign tokens of a shorter life than those
// of this policy: none of these may be signed before the record is raised.
bool needs_raise(const KeyLives& keys, const RotationPolicy& policy);

// Raises the record of the active and the next key to the policy's. Returns the kids of those that
// changed.
std::vector<std::string> raise_tokens_ttl(KeyLives& keys, const RotationPolicy& policy);

// Forgets retired and revoked keys whose last token is dead. Returns how many.
std::size_t remove_dead(KeyLives& keys, std::int64_t now_s);

// What has to be done by itself now, the most urgent first.
enum class Due : std::uint8_t {
    nothing,
    first_key,  // no key can sign: stage one
    remove,     // remove_dead() would remove something
    promote,    // the active key has had its time, and the next one is old enough
    stage,      // a next key is missing
};
Due due(const KeyLives& keys, const RotationPolicy& policy, std::int64_t now_s);

// The key that signs; null when there is none.
const KeyLife* active_key(const KeyLives& keys);
const KeyLife* next_key(const KeyLives& keys);

}  // namespace signet::keys
