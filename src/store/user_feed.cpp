#include "store/user_feed.hpp"

#include "store/cell.hpp"
#include "store/sql_text.hpp"

#include <utility>

namespace signet::store {
namespace {

using std::chrono::steady_clock;

constexpr const char* kChannel = "signet_users";  // sql/migrations/0005_live_users.sql
constexpr std::size_t kRowsMax = 10'000;          // sql/queries/user_changes.sql gives one more

enum Column : std::uint8_t { kSnapshot, kServer, kNow, kChanged, kUser, kColumns };

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
    // LISTEN has to stand before the look: what is committed after it then rings.
    if (listener_.start(now) == Listener::Start::fresh) {
        last_.reset();
    }
    const auto before = last_ ? Text::from(last_->snapshot) : std::nullopt;
    const auto rows = connection_.run(sql::user_changes, {before});
    if (!rows) {
        return rows.error();
    }
    if (rows->rows.empty() || rows->rows[0].size() != kColumns || !rows->rows[0][kSnapshot]) {
        return Error{Errc::store_failed, "the changes of users cannot be read"};
    }
    const Row& first = rows->rows[0];
    Look look{*first[kSnapshot], first[kServer].value_or(""), to_number(first[kNow]).value_or(0),
              now};
    UserNews news = read_news(*rows);
    news.everybody = news.everybody || !last_ || !continues(look);
    note(std::move(look));
    prune();
    return news;
}

void PgUserFeed::note(Look look) {
    if (!past_.empty() && look.server != past_.back().server) {
        past_.clear();  // another server may count transactions anew
    }
    if (past_.empty() || look.at - past_.back().at >= times_.prune_interval) {
        past_.push_back(look);
    }
    last_ = std::move(look);
}

// Rows go once they were visible at a look that lies so far back that every replica has looked
// since, or knows that it has missed something. Whether it works is of no importance to the reader.
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
    // There may be more where so many went.
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
