#pragma once

#include "base/system.hpp"
#include "tokens/claims_json.hpp"
#include "tokens/key_set.hpp"

#include <signet/ports/tokens.hpp>
#include <signet/result.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace signet::tokens {

// How many seconds iat and nbf of a token may lie ahead of our clock. exp has no leeway.
inline constexpr std::int64_t kClockLeewayS = 60;

// How old, in seconds, a view of shared keys may be when it signs. A replica that cannot reach
// their home must not continue to sign with a key that the others have retired or revoked.
inline constexpr std::int64_t kViewAgeMaxS = 60;

// A token that was verified, and until when it stays valid while the key set is the same.
struct VerifiedToken {
    AccessClaims claims;
    std::int64_t good_until_s = 0;  // its own end or that of its key, whichever comes first
};

struct KeyringOptions {
    std::string issuer;
    std::optional<std::string> audience;
    // A token whose lifetime is longer than this, and longer than its key is recorded to sign, was
    // not issued by Signet. It is also the lifetime of the tokens that will be signed here.
    std::int64_t ttl_s_max = 900;
    std::string claims_namespace{kClaimsNamespace};
    // Tests set their own clock.
    std::chrono::steady_clock::time_point (*steady_now)() = &now_since_boot;
};

// Signs, verifies and publishes with the current key set. Thread-safe: publish() replaces the whole
// set at once, and a call that is running meanwhile ends with the set that it began with.
class Keyring final : public TokenSigner, public TokenVerifier, public KeyPublisher {
public:
    using SteadyTime = std::chrono::steady_clock::time_point;

    // `keys` never become stale; they may be empty until the first publish().
    Keyring(KeySet keys, KeyringOptions options);
    ~Keyring() override;
    Keyring(const Keyring&) = delete;
    Keyring& operator=(const Keyring&) = delete;

    // Replaces the set by one that never becomes stale.
    void publish(KeySet keys);
    // Replaces the set. `seen_at` is when its home was last known to hold it. kViewAgeMaxS later
    // the set signs no more, but still verifies and is published.
    void publish(KeySet keys, SteadyTime seen_at);
    // Records that the home still held the same keys at `seen_at`. Costs next to nothing.
    void confirm(SteadyTime seen_at);
    // Stops publishing retired keys whose remove_after_s has passed at `now_s` (Unix time), whether
    // or not their home has removed them. A key that was left out before and whose time has not
    // passed is published again, since a clock can be corrected. Must not run while another thread
    // is in publish().
    void hide_dead(std::int64_t now_s);
    SteadyTime steady_now() const { return options_.steady_now(); }

    // Errors: no_signing_key, if no key can sign or may sign tokens of this lifetime, or the view
    // is too old; internal, if the claims break a rule (tokens/claims_json.hpp); token_too_large,
    // if the token would be longer than kTokenIssuedBytesMax.
    Result<std::string> sign(const AccessClaims& claims) const override;

    // Checks the size, the three parts, the header (typ exactly JWT, the kid of a published key,
    // alg exactly that key's), then the signature, and only then the claims (RFC 8725). A retired
    // key verifies until `now_s` reaches its remove_after_s.
    Result<AccessClaims> verify(std::string_view token, std::int64_t now_s) const override;
    // Does the same for a caller that caches the outcome.
    Result<VerifiedToken> verify_token(std::string_view token, std::int64_t now_s) const;

    std::uint64_t epoch() const override { return epoch_.load(std::memory_order_acquire); }
    std::string jwks() const override;
    std::vector<std::string> algs() const override;
    std::vector<KeyInfo> list() const;

    // Returns why sign() would refuse because no key can sign, or nothing if one can.
    std::optional<Error> find_obstacle() const;

private:
    struct Snapshot;
    std::shared_ptr<const Snapshot> snapshot() const;
    // Returns why the view is too old to sign, or nothing if it is not.
    std::optional<Error> find_staleness() const;
    void swap_in(std::shared_ptr<const Snapshot> fresh, SteadyTime seen_at);

    const KeyringOptions options_;
    // The lock is held while one pointer is copied. libstdc++'s atomic<shared_ptr> spins on a lock
    // bit in the same way, and in GCC 12 it has a data race.
    mutable std::mutex mutex_;
    std::shared_ptr<const Snapshot> snapshot_;
    std::atomic<std::uint64_t> epoch_{0};
    std::atomic<SteadyTime::rep> seen_at_{0};
};

}  // namespace signet::tokens
