#include "store/user_reader.hpp"

#include "store/account_row.hpp"
#include "store/cell.hpp"
#include "store/sql_text.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace signet::store {
namespace {

enum Column : std::uint8_t { kClaims = kAccountColumns, kSessions, kColumns };

Error unreadable() {
    return {Errc::store_failed, "the row of a user cannot be read"};
}

// `id=until` of each session, with commas between.
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
    if (row.size() != kColumns) {
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
    reading.account->claims = std::move(row[kClaims]);
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

}  // namespace signet::store
