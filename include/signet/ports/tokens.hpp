#pragma once

#include <signet/domain/claims.hpp>
#include <signet/domain/live_user.hpp>
#include <signet/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace signet {

// Signs access tokens with the active key. Thread-safe. Takes 0.7 ms with RSA-2048, so call it on a
// lane. Errors: no_signing_key, internal.
class TokenSigner {
public:
    virtual ~TokenSigner() = default;
    virtual Result<std::string> sign(const AccessClaims& claims) const = 0;
};

// Verifies our access tokens with any published key. Thread-safe, without I/O; takes some 25 µs.
// The error is token_expired for a token of our own that has expired, and invalid_token otherwise;
// log_detail gives the reason.
class TokenVerifier {
public:
    virtual ~TokenVerifier() = default;
    virtual Result<AccessClaims> verify(std::string_view token, std::int64_t now_s) const = 0;
};

// Verifies like TokenVerifier and remembers the tokens that were valid, so that verifying one again
// takes a microsecond. It does not remember refusals. Thread-safe, without I/O. The error is
// invalid_token, which includes tokens whose subject or session is not a UUID.
class TokenMemory {
public:
    virtual ~TokenMemory() = default;
    virtual Result<TokenFacts> check(std::string_view token, std::int64_t now_s) = 0;
};

// Publishes the public keys as a JWK set (RFC 7517). Thread-safe.
class KeyPublisher {
public:
    virtual ~KeyPublisher() = default;
    // Returns a number that grows when jwks() changes.
    virtual std::uint64_t epoch() const = 0;
    // Returns the JWK set, or an empty text while no key is known: consumers would cache an empty
    // set for its max-age.
    virtual std::string jwks() const = 0;
    // Returns the algorithms of our own keys, each once, in the order of jwks().
    virtual std::vector<std::string> algs() const = 0;
};

}  // namespace signet
