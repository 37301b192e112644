#pragma once

#include "tokens/keyring.hpp"

#include <signet/ports/tokens.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace signet::tokens {

// Remembers tokens that were verified, by the SHA-256 of the whole token, so that tokens which
// differ in one bit, even of the signature, are different ones. An entry counts until the end of
// the token or of its key, and only while the key set is the one that the token was verified with;
// then the token is verified again. Only valid tokens are remembered, so that nobody without a key
// can push one out. Thread-safe; a hit holds one of many locks for some ten nanoseconds.
class TokenCache final : public TokenMemory {
public:
    // Holds as many tokens as fit into `bytes_max`, or into 1 MiB if that is more. Memory is
    // allocated as tokens come. `keyring` has to outlive the cache.
    TokenCache(const Keyring& keyring, std::size_t bytes_max);
    ~TokenCache() override;
    TokenCache(const TokenCache&) = delete;
    TokenCache& operator=(const TokenCache&) = delete;

    Result<TokenFacts> check(std::string_view token, std::int64_t now_s) override;

    struct Size {
        std::size_t tokens = 0;
        std::size_t bytes = 0;
    };
    Size size() const;
    // How often a token was known.
    std::uint64_t hits() const;
    // How often a token had to be verified.
    std::uint64_t verifications() const { return verifications_.load(std::memory_order_relaxed); }

private:
    struct Shard;

    const Keyring& keyring_;
    std::vector<std::unique_ptr<Shard>> shards_;
    std::atomic<std::uint64_t> verifications_{0};
};

}  // namespace signet::tokens
