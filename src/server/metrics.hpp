#pragma once

#include "base/log.hpp"
#include "base/resources.hpp"
#include "http/lane.hpp"
#include "http/message.hpp"
#include "http/request_stats.hpp"
#include "http/server.hpp"
#include "password/memory_budget.hpp"
#include "tokens/key_set.hpp"
#include "tokens/token_cache.hpp"
#include "users/user_cache.hpp"

#include <signet/ports/outbox.hpp>
#include <signet/ports/system.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace signet::routes {
struct SignInCounts;
}

namespace signet::server {

// What the parts of the service say of themselves at one moment. A test holds docs/operations.md to
// the names of what becomes of it.
struct Figures {
    http::ServerFigures http;
    http::LaneFigures data_lane;
    http::LaneFigures crypto_lane;
    MemoryBudget::Figures hashing;
    tokens::TokenCache::Size tokens;
    std::uint64_t token_hits = 0;
    std::uint64_t token_misses = 0;
    users::UserCache::Figures users;
    std::vector<tokens::KeyInfo> keys;
    std::int64_t next_rotation_s = 0;                // Unix time; 0: none by itself
    const routes::SignInCounts* sign_ins = nullptr;  // not null
    std::optional<OutboxFigures> outbox;             // nothing before it was looked at
    double outbox_age_s = 0;                         // since it was looked at
    std::vector<ReadinessCheck> checks;
    ProcessFigures process;
    std::int64_t started_at_s = 0;  // Unix time
};

// Returns them in the text format of Prometheus.
std::string to_exposition(const Figures& figures);

// Keeps what was last seen in the outbox. Thread-safe.
class LastOutbox {
public:
    void set(const OutboxFigures& figures);
    // Says what was seen, if anything was, and how long ago.
    void put_into(Figures& figures) const;

private:
    mutable std::mutex mutex_;
    std::optional<OutboxFigures> figures_;
    std::chrono::steady_clock::time_point seen_at_{};
};

// A listener that serves /metrics and nothing else, on a thread of its own.
class MetricsListener {
public:
    // Throws std::system_error when the address cannot be bound.
    MetricsListener(http::ServerOptions options, http::Route route, const Clock& clock,
                    Random& random, const Log& log);
    ~MetricsListener();
    MetricsListener(const MetricsListener&) = delete;
    MetricsListener& operator=(const MetricsListener&) = delete;

    std::uint16_t port() const { return server_.port(); }

private:
    http::Server server_;
    std::jthread thread_;
};

}  // namespace signet::server
