#include "tokens/token_cache.hpp"

#include "base/lru_cache.hpp"
#include "base/metrics.hpp"
#include "base/sha256.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace signet::tokens {
namespace {

constexpr std::size_t kShards = 64;
constexpr std::size_t kShardBytesMin = std::size_t{16} * 1024;

struct Remembered {
    TokenFacts facts;
    std::int64_t good_until_s = 0;
    std::uint64_t epoch = 0;  // of the key set that it was verified with
};

// A digest is as good as random. Its first byte chooses the shard, the next ones serve as hash.
struct DigestHash {
    std::size_t operator()(const Sha256Digest& digest) const {
        std::size_t hash = 0;
        std::memcpy(&hash, digest.data() + 1, sizeof hash);
        return hash;
    }
};

}  // namespace

struct TokenCache::Shard {
    explicit Shard(std::size_t bytes_max) : tokens(bytes_max) {}

    std::mutex mutex;
    LruCache<Sha256Digest, Remembered, DigestHash> tokens;
    OwnCounter hits;
};

TokenCache::TokenCache(const Keyring& keyring, std::size_t bytes_max) : keyring_(keyring) {
    shards_.reserve(kShards);
    for (std::size_t i = 0; i < kShards; ++i) {
        shards_.push_back(std::make_unique<Shard>(std::max(bytes_max / kShards, kShardBytesMin)));
    }
}

TokenCache::~TokenCache() = default;

TokenCache::Size TokenCache::size() const {
    Size size;
    for (const auto& shard : shards_) {
        const std::lock_guard lock(shard->mutex);
        size.tokens += shard->tokens.size();
        size.bytes += shard->tokens.bytes();
    }
    return size;
}

std::uint64_t TokenCache::hits() const {
    std::uint64_t hits = 0;
    for (const auto& shard : shards_) {
        hits += shard->hits.value();
    }
    return hits;
}

Result<TokenFacts> TokenCache::check(std::string_view token, std::int64_t now_s) {
    // It is read before the token is verified: if another set is published meanwhile, the epoch is
    // higher, and the entry made here does not count.
    const std::uint64_t epoch = keyring_.epoch();
    const Sha256Digest digest = sha256_digest(token);
    Shard& shard = *shards_[digest.front() % kShards];
    {
        const std::lock_guard lock(shard.mutex);
        const Remembered* const known = shard.tokens.find(digest);
        if (known != nullptr && known->epoch == epoch && now_s < known->good_until_s) {
            shard.hits.add();
            return known->facts;
        }
    }
    verifications_.fetch_add(1, std::memory_order_relaxed);
    const Result<VerifiedToken> verified = keyring_.verify_token(token, now_s);
    if (!verified) {
        return verified.error();
    }
    const std::optional<Uuid> user = Uuid::parse(verified->claims.subject);
    const std::optional<Uuid> session = Uuid::parse(verified->claims.session_id);
    if (!user || !session) {
        return Error{Errc::invalid_token, "sub is no user id, or sid no session id"};
    }
    const TokenFacts facts{*user, *session, verified->claims.expires_at_s};
    const std::lock_guard lock(shard.mutex);
    shard.tokens.put(digest, {facts, verified->good_until_s, epoch}, sizeof(Remembered));
    return facts;
}

}  // namespace signet::tokens
