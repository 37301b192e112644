#include "store/users.hpp"

#include "store/accounts.hpp"
#include "store/sql_text.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace signet::store {
namespace {

enum UserColumn : std::uint8_t { kClaims = kAccountColumns, kSessions, kUserColumns };

Error unreadable() {
    return {Errc::store_failed, "the row of a user cannot be read"};
}

// Reads the sessions, each written as `id=until`, separated by commas.
Result<std::vector<LiveSession>> read_sessions(std::string_view text) {
    std::vector<LiveSession> out;
    while (!text.empty()) {
        const std::string_view one = text.substr(0, text.find(','));
        text.remove_prefix(std::min(one.size() + 1, text.size()));
        const std::size_t equals = one.find('=');
        const auto id = Uuid::parse(one.substr(0, equals));
        if (!id || equals == std::string_view::npos) {
            return unreadable();
        }
        const auto until_s = to_number(std::optional(std::string(one.substr(equals + 1))));
        if (!until_s) {
            return unreadable();
        }
        out.push_back({*id, *until_s});
    }
    return out;
}

}  // namespace

Result<UserReading> read_user(Rows rows) {
    UserReading reading;
    if (rows.rows.empty()) {
        return reading;
    }
    Row& row = rows.rows.front();
    if (row.size() != kUserColumns) {
        return unreadable();
    }
    auto accounts = read_accounts(rows);
    if (!accounts) {
        return accounts.error();
    }
    auto sessions = read_sessions(row[kSessions].value_or(""));
    if (accounts->size() != 1 || !sessions) {
        return unreadable();
    }
    reading.account = std::move(accounts->front());
    if (reading.account->active) {
        reading.account->claims = read_custom_claims(row[kClaims]);
    }
    reading.sessions = std::move(*sessions);
    return reading;
}

Result<UserReading> PgUserReader::read(const UserId& id) {
    auto rows = claims_.run(connection_, sql::read_user_now, {id});
    if (!rows) {
        return claims_.explain(rows.error(), connection_.last_sqlstate());
    }
    return read_user(std::move(*rows));
}

namespace {

using std::chrono::steady_clock;

constexpr const char* kChannel = "signet_users";  // sql/migrations/0005_live_users.sql
constexpr std::size_t kRowsMax = 10'000;          // sql/queries/user_changes.sql returns one more

enum ChangeColumn : std::uint8_t {
    kSnapshot,
    kServer,
    kNow,
    kChanged,
    kUser,
    kWritable,
    kChangeColumns
};

UserNews read_news(const Rows& rows) {
    UserNews news;
    news.everybody = rows.rows.size() > kRowsMax;
    for (const Row& row : rows.rows) {
        if (row[kChanged] != "true") {
            continue;
        }
        const auto user = row[kUser] ? Uuid::parse(*row[kUser]) : std::nullopt;
        if (user) {
            news.users.push_back(*user);
        } else {
            news.everybody = true;
        }
    }
    return news;
}

}  // namespace

PgUserFeed::PgUserFeed(const ConnectionOptions& options, FeedTimes times)
    : connection_(options), listener_(options, kChannel), times_(times) {}

bool PgUserFeed::continues(const Look& look) const {
    const std::int64_t pause_s = look.db_now_s - last_->db_now_s;
    return look.server == last_->server && pause_s >= 0 && pause_s <= times_.gap_max.count() &&
           look.at - last_->at <= times_.gap_max;
}

Result<UserNews> PgUserFeed::read() {
    const auto now = steady_clock::now();
    // LISTEN has to be active before the query, so that every later commit sends a notification.
    if (listener_.start(now) == Listener::Start::fresh) {
        last_.reset();
    }
    const auto before = last_ ? Text::from(last_->snapshot) : std::nullopt;
    const auto rows = connection_.run(sql::user_changes, {before});
    if (!rows) {
        return rows.error();
    }
    if (rows->rows.empty() || rows->rows[0].size() != kChangeColumns || !rows->rows[0][kSnapshot]) {
        return Error{Errc::store_failed, "the changes of users cannot be read"};
    }
    const Row& first = rows->rows[0];
    Look look{*first[kSnapshot], first[kServer].value_or(""), to_number(first[kNow]).value_or(0),
              now};
    UserNews news = read_news(*rows);
    news.everybody = news.everybody || !last_ || !continues(look);
    note(std::move(look));
    // A refused write would break the connection, and a new one is made to a server that takes
    // writes.
    if (first[kWritable] == "true") {
        prune();
    }
    return news;
}

void PgUserFeed::note(Look look) {
    if (!past_.empty() && look.server != past_.back().server) {
        past_.clear();  // another server may number its transactions differently
    }
    if (past_.empty() || look.at - past_.back().at >= times_.prune_interval) {
        past_.push_back(look);
    }
    last_ = std::move(look);
}

// Removes rows that a query of so long ago saw that every replica has read since, or knows that it
// has missed something. Failures are ignored, because they do not matter to the reader.
void PgUserFeed::prune() {
    const auto now = last_->at;
    if (now - pruned_at_ < times_.prune_interval || now - past_.front().at < times_.kept) {
        return;
    }
    while (past_.size() > 1 && now - past_[1].at >= times_.kept) {
        past_.pop_front();
    }
    const auto pruned = connection_.run(sql::prune_user_changes,
                                        {Text::from(past_.front().snapshot), kChangesPruneMax});
    // If so many rows were removed, there may be more, and the next call goes on.
    if (!pruned || pruned->affected < kChangesPruneMax) {
        pruned_at_ = now;
    }
}

bool PgUserFeed::wait(std::chrono::milliseconds timeout) {
    const auto deadline = steady_clock::now() + timeout;
    if (listener_.start(deadline) == Listener::Start::fresh) {
        last_.reset();
        return true;
    }
    return listener_.wait(deadline);
}

}  // namespace signet::store
