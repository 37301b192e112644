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
// An object belongs to one thread; the connection has to outlive it.
class PgUserReader final : public UserReader {
public:
    PgUserReader(Connection& connection, const ConnectionOptions& options)
        : connection_(connection), claims_(options) {}

    Result<UserReading> read(const UserId& id) override;

private:
    Connection& connection_;
    ClaimsCall claims_;
};

// How long changes are kept for replicas that have not read them yet. A replica that reads again
// after more than kChangesGapMax assumes that it has missed some.
inline constexpr std::chrono::seconds kChangesKept{600};
inline constexpr std::chrono::seconds kChangesGapMax{300};
inline constexpr std::chrono::seconds kChangesPruneInterval{30};
inline constexpr std::size_t kChangesPruneMax = 5000;  // rows in one statement

struct FeedTimes {
    std::chrono::seconds kept = kChangesKept;
    std::chrono::seconds gap_max = kChangesGapMax;
    std::chrono::seconds prune_interval = kChangesPruneInterval;
};

// Reads the changes that the triggers of sql/migrations/0005_live_users.sql record. An object
// belongs to one thread and has two connections, one of them for LISTEN.
class PgUserFeed final : public UserFeed {
public:
    explicit PgUserFeed(const ConnectionOptions& options, FeedTimes times = {});

    // Also sets `everybody` if LISTEN was restarted after its connection was lost, if the server
    // was restarted since, and after too long a pause. Prunes old changes from time to time.
    Result<UserNews> read() override;
    // Sleeps if LISTEN is impossible. While PostgreSQL cannot be reached, connecting may take
    // longer than `timeout`, up to connect_timeout.
    bool wait(std::chrono::milliseconds timeout) override;

private:
    using Time = std::chrono::steady_clock::time_point;
    // One query of the changes. `snapshot` says which transactions it saw.
    struct Look {
        std::string snapshot;
        // When the server was started, and its process for this connection. The crash of another
        // process restarts them all and empties the table, but leaves the time of the start as it
        // was, so that the start alone would not tell.
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
