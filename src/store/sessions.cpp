#include "store/sessions.hpp"

#include "store/account_transaction.hpp"
#include "store/accounts.hpp"
#include "store/audit.hpp"
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

Result<std::optional<StoredSession>> read_rows(const Rows& rows) {
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

// Reads a result of sql/queries/find_session_with_claims.sql, which has the claims in a last
// column.
Result<std::optional<StoredSession>> read_session_with_claims(Rows rows) {
    std::optional<std::string> claims;
    for (Row& row : rows.rows) {
        if (row.size() != kColumns + 1) {
            return unreadable();
        }
        claims = std::move(row.back());
        row.pop_back();
    }
    auto session = read_rows(rows);
    if (session && *session && (*session)->account.active) {
        (*session)->account.claims = read_custom_claims(claims);
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

}  // namespace

Result<std::optional<StoredSession>> read_session(const Result<Rows>& rows,
                                                  const ClaimsCall& claims) {
    if (!rows) {
        return rows.error();
    }
    auto session = read_rows(*rows);
    if (session && *session && !claims.configured()) {
        (*session)->account.claims = CustomClaims();
    }
    return session;
}

Result<std::unique_ptr<AccountTransaction>> PgSessionStore::begin(const Origin& origin) {
    auto begun = connection_.begin();
    if (!begun) {
        return begun.error();
    }
    return std::unique_ptr<AccountTransaction>(
        std::make_unique<PgAccountTransaction>(std::move(*begun), connection_, claims_, origin));
}

Result<std::optional<StoredSession>> PgSessionStore::find(const SessionId& id) {
    return read_session(connection_.run(sql::find_session, {id}), claims_);
}

Result<std::optional<StoredSession>> PgSessionStore::find_for_refresh(const SessionId& id) {
    auto rows = claims_.run(connection_, sql::find_session_with_claims, {id});
    if (!rows) {
        return claims_.explain(rows.error(), connection_.last_sqlstate());
    }
    return read_session_with_claims(std::move(*rows));
}

Result<std::optional<Account>> PgSessionStore::find_caller(const UserId& user,
                                                           const std::optional<SessionId>& id) {
    const auto rows = connection_.run(sql::find_caller, {user, id});
    auto account = read_account(rows);
    if (account && *account) {
        const Row& row = rows->rows.front();
        (*account)->metadata = row.at(kAccountColumns).value_or("{}");
        (*account)->email_proven = row.at(kAccountColumns + 1) == "true";
    }
    return account;
}

Result<std::optional<Account>> PgSessionStore::rotate(const SessionId& id, std::uint32_t presented,
                                                      const SessionPolicy& policy) {
    return read_account(connection_.run(sql::rotate_session, {id, presented, policy.idle_s}));
}

Result<std::vector<SessionInfo>> PgSessionStore::list(const UserId& user) {
    const auto rows = connection_.run(sql::list_sessions, {user});
    if (!rows) {
        return rows.error();
    }
    return read_session_list(*rows);
}

Result<bool> PgSessionStore::end(const UserId& user, const SessionId& id, const AuditNote& note) {
    bool ended = false;
    // This needs a transaction, because a single statement may be sent twice, and would find
    // nothing to end the second time.
    const auto done = connection_.transact([&](Transaction& transaction) -> Result<void> {
        const auto rows = transaction.run(
            sql::end_session,
            {user, id, Text::from(kUserActor), Text::from(note.action),
             Text::from("session " + id.str()), note.origin.network, note.origin.request});
        ended = rows && rows->affected == 1;
        return outcome_of(rows);
    });
    return done ? Result<bool>(ended) : Result<bool>(done.error());
}

Result<std::size_t> PgSessionStore::end_all(const UserId& user,
                                            const std::optional<SessionId>& kept,
                                            const AuditNote& note) {
    std::size_t ended = 0;
    const auto done = connection_.transact([&](Transaction& transaction) -> Result<void> {
        const auto rows = transaction.run(sql::end_sessions, {user, kept});
        if (!rows) {
            return rows.error();
        }
        ended = rows->affected;
        return write_audit(transaction, kUserActor,
                           {std::string(note.action), user.str(),
                            "sessions " + std::to_string(ended), note.origin});
    });
    return done ? Result<std::size_t>(ended) : Result<std::size_t>(done.error());
}

Result<SweepResult> PgSessionMaintenance::sweep(std::size_t limit) {
    SweepResult out;
    // This needs a transaction, because a single statement may be sent twice, and would not count
    // what it removed the first time.
    const auto done = connection_.transact([&](Transaction& transaction) -> Result<void> {
        const auto swept = transaction.run(sql::sweep_sessions, {limit});
        if (!swept) {
            return swept.error();
        }
        const Row& row = swept->rows.at(0);
        out.looked_at = to_number<std::size_t>(row.at(0)).value_or(0);
        out.removed = to_number<std::size_t>(row.at(1)).value_or(0);
        return {};
    });
    return done ? Result<SweepResult>(out) : Result<SweepResult>(done.error());
}

Result<void> PgSessionMaintenance::note_rewrap() {
    return connection_.transact([&](Transaction& transaction) {
        return write_audit(transaction, actor_, {"sessions-rewrapped", "sessions"});
    });
}

Result<std::vector<SealedSession>> PgSessionMaintenance::list_sealed(
    const std::optional<SessionId>& after, std::size_t limit) {
    const auto rows = connection_.run(sql::list_sealed, {after, limit});
    if (!rows) {
        return rows.error();
    }
    std::vector<SealedSession> out;
    for (const Row& row : rows->rows) {
        const auto id = SessionId::parse(row.at(0).value_or(""));
        if (!id) {
            return Error{Errc::store_failed, "the id of a session is not a UUID"};
        }
        out.push_back({*id, row.at(1).value_or("")});
    }
    return out;
}

Result<bool> PgSessionMaintenance::reseal(const SealedSession& was, const Text& sealed_key) {
    const auto rows =
        connection_.run(sql::reseal_session, {was.id, Text::from(was.sealed_key), sealed_key});
    return rows ? Result<bool>(rows->affected == 1) : Result<bool>(rows.error());
}

}  // namespace signet::store
