#include "tokens/token_cache.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

namespace signet::tokens {
namespace {

constexpr std::size_t kShards = 64;
// A token can be in one of so many places. The least recently used one of them is overwritten.
constexpr std::size_t kWays = 8;

}  // namespace

// One remembered token. The entry is empty if good_until_s is 0.
struct TokenCache::Entry {
    Sha256Digest digest{};
    TokenFacts facts;
    std::int64_t good_until_s = 0;
    std::uint64_t epoch = 0;  // of the key set that it was verified with
    std::uint64_t used = 0;   // the shard's count of uses at the last use
};

struct TokenCache::Shard {
    // Returns the places of a digest. Its first byte chose the shard, the next ones choose here.
    std::span<Entry> places(const Sha256Digest& digest) {
        std::uint64_t number = 0;
        std::memcpy(&number, digest.data() + 1, sizeof number);
        const std::size_t bucket = number % (entries.size() / kWays);
        return std::span(entries).subspan(bucket * kWays, kWays);
    }

    std::optional<TokenFacts> find(const Sha256Digest& digest, std::uint64_t epoch,
                                   std::int64_t now_s) {
        const std::lock_guard lock(mutex);
        if (entries.empty()) {
            return std::nullopt;
        }
        for (Entry& entry : places(digest)) {
            if (entry.epoch == epoch && now_s < entry.good_until_s && entry.digest == digest) {
                entry.used = ++uses;
                return entry.facts;
            }
        }
        return std::nullopt;
    }

    void store(Entry fresh, std::size_t size, std::int64_t now_s) {
        const std::lock_guard lock(mutex);
        if (entries.empty()) {
            entries.resize(size);
        }
        fresh.used = ++uses;
        const std::span<Entry> candidates = places(fresh.digest);
        // Overwrites the same token, or one that counts no more, or the least recently used one.
        const auto worth = [&](const Entry& entry) -> std::uint64_t {
            const bool over = entry.good_until_s <= now_s || entry.epoch != fresh.epoch;
            return over || entry.digest == fresh.digest ? 0 : entry.used;
        };
        const auto same = std::ranges::find(candidates, fresh.digest, &Entry::digest);
        *(same != candidates.end() ? same : std::ranges::min_element(candidates, {}, worth)) =
            fresh;
    }

    std::mutex mutex;
    std::vector<Entry> entries;
    std::uint64_t uses = 0;
};

TokenCache::TokenCache(const Keyring& keyring, std::size_t bytes_max)
    : keyring_(keyring),
      entries_per_shard_(std::max<std::size_t>(1, bytes_max / (kShards * kWays * sizeof(Entry))) *
                         kWays) {
    shards_.reserve(kShards);
    for (std::size_t i = 0; i < kShards; ++i) {
        shards_.push_back(std::make_unique<Shard>());
    }
}

TokenCache::~TokenCache() = default;

std::size_t TokenCache::capacity() const {
    return kShards * entries_per_shard_;
}

TokenCache::Shard& TokenCache::shard_of(const Sha256Digest& digest) {
    return *shards_[digest.front() % kShards];
}

Result<TokenFacts> TokenCache::check(std::string_view token, std::int64_t now_s) {
    // It is read before the token is verified: if another set is published meanwhile, the epoch is
    // higher, and the entry made here does not count.
    const std::uint64_t epoch = keyring_.epoch();
    const Sha256Digest digest = sha256_digest(token);
    Shard& shard = shard_of(digest);
    if (const auto facts = shard.find(digest, epoch, now_s)) {
        return *facts;
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
    shard.store({digest, facts, verified->good_until_s, epoch, 0}, entries_per_shard_, now_s);
    return facts;
}

}  // namespace signet::tokens
