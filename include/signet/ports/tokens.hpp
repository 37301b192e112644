#pragma once

#include <signet/domain/claims.hpp>
#include <signet/domain/live_user.hpp>
#include <signet/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace signet {

// Signs access tokens with the key that is active now. Thread-safe. Costs 0.7 ms with RSA-2048:
// call it on a lane. Errors: no_signing_key, internal.
class TokenSigner {
public:
    virtual ~TokenSigner() = default;
    virtual Result<std::string> sign(const AccessClaims& claims) const = 0;
};

// Verifies access tokens of our own with any key that is published. Thread-safe, no I/O, some 25
// µs. The error is invalid_token whatever the reason; log_detail names it.
class TokenVerifier {
public:
    virtual ~TokenVerifier() = default;
    virtual Result<AccessClaims> verify(std::string_view token, std::int64_t now_s) const = 0;
};

// Verifies like TokenVerifier, and remembers the tokens that were good: one that comes again costs
// a microsecond. Refusals are not remembered. Thread-safe, no I/O. invalid_token also where the
// subject or the session is no UUID.
class TokenMemory {
public:
    virtual ~TokenMemory() = default;
    virtual Result<TokenFacts> check(std::string_view token, std::int64_t now_s) = 0;
};

// The public half of the keys (RFC 7517), as it is served. Thread-safe.
class KeyPublisher {
public:
    virtual ~KeyPublisher() = default;
    // Grows when jwks() changes.
    virtual std::uint64_t epoch() const = 0;
    // Empty while no key is known: an empty set would be kept by consumers for its max-age.
    virtual std::string jwks() const = 0;
    // The algorithms of those keys that are our own, each once, in the order of jwks().
    virtual std::vector<std::string> algs() const = 0;
};

}  // namespace signet
