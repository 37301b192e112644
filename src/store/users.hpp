#pragma once

#include "store/claims.hpp"
#include "store/pg.hpp"
#include "store/pg_listener.hpp"

#include <signet/ports/users.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace signet::store {

// Reads the user of a result of sql/queries/read_user_now.sql.
Result<UserReading> read_user(Rows rows);

// Reads users for the webhook from PostgreSQL, and calls the claims function in the same statement.
// One thread's; the connection outlives it.
class PgUserReader final : public UserReader {
public:
    PgUserReader(Connection& connection, const ConnectionOptions& options)
        : connection_(connection), claims_(options) {}

    Result<UserReading> read(const UserId& id) override;

private:
    Connection& connection_;
    ClaimsCall claims_;
};

// How long changes are kept for replicas that have not looked yet; one that looks again after
// kChangesGapMax takes it that it has missed some.
inline constexpr std::chrono::seconds kChangesKept{600};
inline constexpr std::chrono::seconds kChangesGapMax{300};
inline constexpr std::chrono::seconds kChangesPruneInterval{30};
inline constexpr std::size_t kChangesPruneMax = 5000;  // rows in one statement

struct FeedTimes {
    std::chrono::seconds kept = kChangesKept;
    std::chrono::seconds gap_max = kChangesGapMax;
    std::chrono::seconds prune_interval = kChangesPruneInterval;
};

// The changes that the triggers of sql/migrations/0005_live_users.sql note. One thread's; two
// connections of its own, one of them for LISTEN.
class PgUserFeed final : public UserFeed {
public:
    explicit PgUserFeed(const ConnectionOptions& options, FeedTimes times = {});

    // Everybody also when LISTEN stands again after its connection was lost, when the server was
    // started since, and after a pause that is too long. Prunes what is old now and then.
    Result<UserNews> read() override;
    // Where LISTEN is impossible it sleeps. While PostgreSQL cannot be reached, connecting may take
    // longer than `timeout`, up to connect_timeout.
    bool wait(std::chrono::milliseconds timeout) override;

private:
    using Time = std::chrono::steady_clock::time_point;
    // A look that was taken: what it saw is in `snapshot`.
    struct Look {
        std::string snapshot;
        // When it was started, and its process for us: a crash of another one restarts them all and
        // empties the table, and leaves the time of the start as it was.
        std::string server;
        std::int64_t db_now_s = 0;
        Time at{};
    };

    bool continues(const Look& look) const;
    void note(Look look);
    void prune();

    Connection connection_;
    Listener listener_;
    FeedTimes times_;
    std::optional<Look> last_;
    std::deque<Look> past_;  // one for each prune_interval, the oldest first
    Time pruned_at_{};
};

}  // namespace signet::store
