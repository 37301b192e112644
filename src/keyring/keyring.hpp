#pragma once

#include "jose/claims_json.hpp"
#include "keyring/key_set.hpp"

#include <signet/ports/tokens.hpp>
#include <signet/result.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace signet::keyring {

// How far iat and nbf of a token may lie ahead of our clock. exp has no leeway.
inline constexpr std::int64_t kClockLeewayS = 60;

struct KeyringOptions {
    std::string issuer;
    std::optional<std::string> audience;
    std::int64_t ttl_s_max = 900;  // a token that lives longer is not ours, whoever signed it
    std::string claims_namespace{jose::kClaimsNamespace};
};

// Signs, verifies and publishes with the key set of the moment. Thread-safe: publish() swaps the
// whole set at once, and a call that runs meanwhile ends with the set that it began with.
class Keyring final : public TokenSigner, public TokenVerifier, public KeyPublisher {
public:
    Keyring(KeySet keys, KeyringOptions options);
    ~Keyring() override;
    Keyring(const Keyring&) = delete;
    Keyring& operator=(const Keyring&) = delete;

    // From now on this set counts.
    void publish(KeySet keys);

    // Errors: internal, when the claims break a rule (jose/claims_json.hpp); token_too_large, when
    // the token would be longer than jose::kTokenIssuedBytesMax.
    Result<std::string> sign(const AccessClaims& claims) const override;

    // Looks at the size, the three parts, the header (alg exactly RS256, typ exactly JWT, kid of a
    // published key), then the signature, and only then at the claims (security reference, S01 to
    // S10).
    Result<AccessClaims> verify(std::string_view token, std::int64_t now_s) const override;

    std::uint64_t epoch() const override { return epoch_.load(std::memory_order_acquire); }
    std::string jwks() const override;
    std::vector<KeyInfo> list() const;

private:
    struct Snapshot;
    std::shared_ptr<const Snapshot> snapshot() const;

    const KeyringOptions options_;
    // A lock around the copy of one pointer: libstdc++'s atomic<shared_ptr> spins on a lock bit in
    // the same way, and GCC 12's is a data race by the letter.
    mutable std::mutex mutex_;
    std::shared_ptr<const Snapshot> snapshot_;
    std::atomic<std::uint64_t> epoch_{0};
};

}  // namespace signet::keyring
