#pragma once

#include "base/boot_clock.hpp"
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

// How far iat and nbf of a token may lie ahead of our clock. exp has no leeway.
inline constexpr std::int64_t kClockLeewayS = 60;

// How old the view of keys that are shared may be when it signs: a replica that has lost sight of
// their home must not go on with a key that the others have retired or revoked.
inline constexpr std::int64_t kViewAgeMaxS = 60;

// A token that was found good, and until when it stays so while the key set is the same.
struct VerifiedToken {
    AccessClaims claims;
    std::int64_t good_until_s = 0;  // its own end, or that of its key if that comes first
};

struct KeyringOptions {
    std::string issuer;
    std::optional<std::string> audience;
    // A token that lives longer than this, and than what its key is recorded to sign, is not ours.
    // Also the lifetime of the tokens that will be signed here.
    std::int64_t ttl_s_max = 900;
    std::string claims_namespace{kClaimsNamespace};
    // Unless a test brings its own.
    std::chrono::steady_clock::time_point (*steady_now)() = &now_since_boot;
};

// Signs, verifies and publishes with the key set of the moment. Thread-safe: publish() swaps the
// whole set at once, and a call that runs meanwhile ends with the set that it began with.
class Keyring final : public TokenSigner, public TokenVerifier, public KeyPublisher {
public:
    using SteadyTime = std::chrono::steady_clock::time_point;

    // With keys that never change by themselves (AUTH_PRIVATE_KEY), or that begin with none.
    Keyring(KeySet keys, KeyringOptions options);
    ~Keyring() override;
    Keyring(const Keyring&) = delete;
    Keyring& operator=(const Keyring&) = delete;

    // From now on this set counts, and does not grow old.
    void publish(KeySet keys);
    // From now on this set counts. `seen_at` is when its home was last known to hold it:
    // kViewAgeMaxS later it signs no more, but verifies and is published on.
    void publish(KeySet keys, SteadyTime seen_at);
    // The home still held the same keys then. Costs next to nothing.
    void confirm(SteadyTime seen_at);
    // Leaves retired keys out of what is published whose time is over at `now_s` (Unix time),
    // whether or not their home has got round to removing them; those left out before whose time
    // is not over come back, since a clock can be put right. Not beside publish() on another
    // thread.
    void hide_dead(std::int64_t now_s);
    SteadyTime steady_now() const { return options_.steady_now(); }

    // Errors: no_signing_key, when no key can sign, or none tokens that live so long, or the view
    // is too old; internal, when the claims break a rule (jose/claims_json.hpp); token_too_large,
    // when the token would be longer than kTokenIssuedBytesMax.
    Result<std::string> sign(const AccessClaims& claims) const override;

    // Looks at the size, the three parts, the header (typ exactly JWT, kid of a published key, alg
    // exactly that key's), then the signature, and only then at the claims (RFC 8725). A retired
    // key counts until its remove_after_s by `now_s`.
    Result<AccessClaims> verify(std::string_view token, std::int64_t now_s) const override;
    // The same for whoever remembers the outcome.
    Result<VerifiedToken> verify_token(std::string_view token, std::int64_t now_s) const;

    std::uint64_t epoch() const override { return epoch_.load(std::memory_order_acquire); }
    std::string jwks() const override;
    std::vector<std::string> algs() const override;
    std::vector<KeyInfo> list() const;

    // Why sign() would refuse for want of a key; nothing when it would not.
    std::optional<Error> find_obstacle() const;

private:
    struct Snapshot;
    std::shared_ptr<const Snapshot> snapshot() const;
    // Why the view is too old to sign; nothing when it is not.
    std::optional<Error> find_staleness() const;
    void swap_in(std::shared_ptr<const Snapshot> fresh, SteadyTime seen_at);

    const KeyringOptions options_;
    // A lock around the copy of one pointer: libstdc++'s atomic<shared_ptr> spins on a lock bit in
    // the same way, and GCC 12's is a data race by the letter.
    mutable std::mutex mutex_;
    std::shared_ptr<const Snapshot> snapshot_;
    std::atomic<std::uint64_t> epoch_{0};
    std::atomic<SteadyTime::rep> seen_at_{0};
};

}  // namespace signet::tokens
