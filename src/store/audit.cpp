#include "store/audit.hpp"

#include "store/sql_text.hpp"

#include <cstdint>
#include <utility>

namespace signet::store {
namespace {

enum Column : std::uint8_t {
    kId,
    kAt,
    kActor,
    kAction,
    kSubject,
    kNetwork,
    kRequest,
    kDetail,
    kDbRole,
    kColumns,
};

}  // namespace

Result<void> write_audit(Transaction& transaction, std::string_view actor, const AuditRow& row) {
    const auto who = Text::from(actor);
    const auto action = Text::from(row.action);
    const auto subject = Text::from(row.subject);
    const auto detail = Text::from(row.detail);
    if (!who || !action || !subject || !detail) {
        return Error{Errc::store_failed, "a part of an audit row is not text"};
    }
    return outcome_of(transaction.run(sql::note_audit, {*who, *action, *subject, *detail,
                                                        row.origin.network, row.origin.request}));
}

Result<std::vector<AuditEntry>> PgAuditTrail::latest(const AuditFilter& filter, std::size_t limit) {
    auto rows =
        connection_.run(sql::list_audit, {filter.subject, filter.action, filter.since_s, limit});
    if (!rows) {
        return rows.error();
    }
    std::vector<AuditEntry> out;
    out.reserve(rows->rows.size());
    for (Row& row : rows->rows) {
        if (row.size() != kColumns) {
            return Error{Errc::store_failed, "a row of the audit has other columns"};
        }
        out.push_back({.id = to_number(row[kId]).value_or(0),
                       .at_s = to_number(row[kAt]).value_or(0),
                       .actor = row[kActor].value_or(""),
                       .action = row[kAction].value_or(""),
                       .subject = row[kSubject].value_or(""),
                       .network = std::move(row[kNetwork]),
                       .request = std::move(row[kRequest]),
                       .detail = row[kDetail].value_or(""),
                       .db_role = std::move(row[kDbRole])});
    }
    return out;
}

Result<std::size_t> PgAuditTrail::prune(std::int64_t keep_s, std::size_t limit) {
    std::size_t removed = 0;
    // This needs a transaction, because a single statement may be sent twice, and would not count
    // what it removed the first time.
    const auto done = connection_.transact([&](Transaction& transaction) -> Result<void> {
        const auto rows = transaction.run(sql::prune_audit, {keep_s, limit});
        removed = rows ? to_number<std::size_t>(rows->rows.at(0).at(0)).value_or(0) : 0;
        return outcome_of(rows);
    });
    return done ? Result<std::size_t>(removed) : Result<std::size_t>(done.error());
}

}  // namespace signet::store
