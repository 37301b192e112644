#include "store/session_row.hpp"

#include "store/account_row.hpp"
#include "store/cell.hpp"
#include "store/sql_text.hpp"

#include <utility>

namespace signet::store {
namespace {

enum Column : std::uint8_t {
    kGeneration = kAccountColumns,
    kRotatedAt,
    kIdleUntil,
    kAbsoluteUntil,
    kNow,
    kSealedKey,
    kColumns,
};

enum ListColumn : std::uint8_t {
    kListId,
    kListDevice,
    kListAddress,
    kListCreatedAt,
    kListLastUsedAt,
    kListExpiresAt,
    kListColumns,
};

Error unreadable() {
    return {Errc::store_failed, "the row of a session cannot be read"};
}

}  // namespace

Result<std::optional<StoredSession>> read_session(const Rows& rows) {
    if (rows.rows.empty()) {
        return std::optional<StoredSession>();
    }
    auto accounts = read_accounts(rows);
    if (!accounts) {
        return accounts.error();
    }
    const Row& row = rows.rows.front();
    if (row.size() != kColumns || accounts->size() != 1) {
        return unreadable();
    }
    const auto generation = to_number<std::uint32_t>(row[kGeneration]);
    const auto rotated_at_ms = to_number(row[kRotatedAt]);
    const auto idle_until_ms = to_number(row[kIdleUntil]);
    const auto absolute_until_ms = to_number(row[kAbsoluteUntil]);
    const auto now_ms = to_number(row[kNow]);
    if (!generation || !rotated_at_ms || !idle_until_ms || !absolute_until_ms || !now_ms ||
        !row[kSealedKey]) {
        return unreadable();
    }
    Account& account = accounts->front();
    const SessionState state{*generation, *rotated_at_ms, *idle_until_ms, *absolute_until_ms,
                             account.active};
    return std::optional(StoredSession{std::move(account), state, *now_ms, *row[kSealedKey]});
}

Result<std::optional<StoredSession>> read_session_with_claims(Rows rows) {
    std::optional<std::string> claims;
    for (Row& row : rows.rows) {
        if (row.size() != kColumns + 1) {
            return unreadable();
        }
        claims = std::move(row.back());
        row.pop_back();
    }
    auto session = read_session(rows);
    if (session && *session) {
        (*session)->account.claims = std::move(claims);
    }
    return session;
}

Result<std::vector<SessionInfo>> read_session_list(const Rows& rows) {
    std::vector<SessionInfo> out;
    for (const Row& row : rows.rows) {
        const auto id =
            row.size() == kListColumns ? SessionId::parse(row[kListId].value_or("")) : std::nullopt;
        if (!id) {
            return unreadable();
        }
        out.push_back({*id,
                       {row[kListDevice].value_or(""), row[kListAddress]},
                       to_number(row[kListCreatedAt]).value_or(0),
                       to_number(row[kListLastUsedAt]).value_or(0),
                       to_number(row[kListExpiresAt]).value_or(0)});
    }
    return out;
}

Result<void> insert_session(Transaction& transaction, const UserId& user,
                            const NewSession& session) {
    const auto device = Text::from(session.client.device);
    std::optional<Text> address;
    if (session.client.address) {
        address = Text::from(*session.client.address);
    }
    if (!device) {
        return Error{Errc::store_failed, "the device of a session is no text"};
    }
    const auto inserted = transaction.run(sql::insert_session,
                                          {session.id, user, session.sealed_key, *device, address,
                                           session.policy.idle_s, session.policy.absolute_s});
    return outcome_of(inserted);
}

}  // namespace signet::store
