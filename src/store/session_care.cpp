#include "store/session_care.hpp"

#include "store/account_admin.hpp"
#include "store/cell.hpp"
#include "store/sql_text.hpp"

#include <utility>

namespace signet::store {

Result<Swept> PgSessionCare::sweep(std::size_t limit) {
    Swept out;
    // In a transaction, which is not sent twice: what was removed would not be counted.
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
    return done ? Result<Swept>(out) : Result<Swept>(done.error());
}

Result<void> PgSessionCare::note_rewrap() {
    return connection_.transact([&](Transaction& transaction) {
        return note_deed(transaction, actor_, {"sessions-rewrapped", "sessions"});
    });
}

Result<std::vector<SealedSession>> PgSessionCare::list_sealed(const std::optional<SessionId>& after,
                                                              std::size_t limit) {
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

Result<bool> PgSessionCare::reseal(const SealedSession& was, const Text& sealed_key) {
    const auto rows =
        connection_.run(sql::reseal_session, {was.id, Text::from(was.sealed_key), sealed_key});
    return rows ? Result<bool>(rows->affected == 1) : Result<bool>(rows.error());
}

}  // namespace signet::store
