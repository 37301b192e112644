#include "store/outbox.hpp"

#include "store/audit.hpp"
#include "store/sql_text.hpp"

#include <signet/domain/mail_policy.hpp>

#include <utility>

namespace signet::store {
namespace {

enum Column : std::uint8_t {
    kId,
    kKind,
    kName,
    kUser,
    kRecipient,
    kBody,
    kAttempts,
    kAge,
    kCreatedAt,
    kColumns,
};

enum ListColumn : std::uint8_t {
    kListId,
    kListKind,
    kListName,
    kListRecipient,
    kListState,
    kListAttempts,
    kListCreatedAt,
    kListDueAt,
    kListError,
    kListColumns,
};

// How many events that are due one statement looks at, to find one that may be delivered; and how
// often as many others are looked at where all of them wait behind others.
constexpr std::size_t kEventsLookedAt = 200;
constexpr std::size_t kPassesMax = 20;

Error unreadable() {
    return {Errc::store_failed, "a row of the outbox cannot be read"};
}

Result<OutboxRow> read_row(Row row) {
    const auto id = row.size() == kColumns ? Uuid::parse(row[kId].value_or("")) : std::nullopt;
    const auto kind = id ? to_outbox_kind(row[kKind].value_or("")) : std::nullopt;
    if (!kind) {
        return unreadable();
    }
    return OutboxRow{*id,
                     *kind,
                     std::move(row[kName]).value_or(""),
                     UserId::parse(row[kUser].value_or("")),
                     std::move(row[kRecipient]),
                     std::move(row[kBody]).value_or(""),
                     to_number(row[kAttempts]).value_or(0),
                     to_number(row[kAge]).value_or(0),
                     to_number(row[kCreatedAt]).value_or(0)};
}

Result<std::optional<OutboxRow>> first_of(Result<Rows> rows) {
    if (!rows) {
        return rows.error();
    }
    if (rows->rows.empty()) {
        return std::optional<OutboxRow>();
    }
    auto row = read_row(std::move(rows->rows.front()));
    return row ? Result<std::optional<OutboxRow>>(std::move(*row)) : row.error();
}

}  // namespace

Result<void> PgOutboxWriter::put(const NewOutboxRow& row) {
    const Text kind = Text::from(to_string(row.kind)).value();
    return outcome_of(transaction_.run(
        sql::put_outbox, {row.id, kind, row.name, row.user, row.recipient, row.body}));
}

Result<void> PgOutboxWriter::remove(const Uuid& id) {
    return outcome_of(transaction_.run(sql::remove_outbox, {id}));
}

Result<void> PgOutbox::put(const NewOutboxRow& row) {
    const Text kind = Text::from(to_string(row.kind)).value();
    return connection_.transact([&](Transaction& transaction) -> Result<void> {
        const auto put = transaction.run(
            sql::put_outbox_alone,
            {row.id, kind, row.name, row.user, row.recipient, row.body, kAsksWaitingMax});
        if (!put) {
            return put.error();
        }
        return put->affected == 1 ? Result<void>() : asks_full();
    });
}

Result<std::optional<OutboxRow>> PgOutbox::lease(std::int64_t lease_s, const OutboxLine& line) {
    if (line.asks || line.mails) {
        auto row = first_of(connection_.run(sql::lease_outbox, {lease_s, line.asks, line.mails}));
        if (!row || *row) {
            return row;
        }
    }
    for (std::size_t i = 0; line.events && i < kPassesMax; ++i) {
        auto row = first_of(connection_.run(sql::lease_event, {lease_s, kEventsLookedAt}));
        if (!row || *row) {
            return row;
        }
        const auto passed = connection_.run(sql::pass_over_events, {kEventsLookedAt});
        if (!passed) {
            return passed.error();
        }
        if (passed->affected == 0) {
            break;
        }
    }
    return std::optional<OutboxRow>();
}

Result<void> PgOutbox::settle(const Uuid& id) {
    return settle(id, std::nullopt);
}

// The next event is woken by a statement of its own, which sees those that were written meanwhile.
Result<void> PgOutbox::settle(const Uuid& id, const std::optional<Text>& error) {
    const auto settled = connection_.run(sql::settle_outbox, {id, error});
    if (!settled) {
        return settled.error();
    }
    const bool event =
        !settled->rows.empty() && settled->rows.front().at(0) == to_string(OutboxKind::event);
    return event ? outcome_of(connection_.run(sql::wake_event, {id})) : Result<void>();
}

Result<void> PgOutbox::postpone(const Uuid& id, std::int64_t pause_ms, const Text& error) {
    return outcome_of(connection_.run(sql::postpone_outbox, {id, pause_ms, error}));
}

Result<void> PgOutbox::give_up(const Uuid& id, const Text& error) {
    return settle(id, std::optional(error));
}

Result<std::vector<OutboxEntry>> PgOutbox::list(std::size_t limit, bool sent) {
    auto rows = connection_.run(sql::list_outbox, {limit, sent});
    if (!rows) {
        return rows.error();
    }
    std::vector<OutboxEntry> entries;
    for (Row& row : rows->rows) {
        const auto id =
            row.size() == kListColumns ? Uuid::parse(row[kListId].value_or("")) : std::nullopt;
        const auto kind = id ? to_outbox_kind(row[kListKind].value_or("")) : std::nullopt;
        const auto state = id ? to_outbox_state(row[kListState].value_or("")) : std::nullopt;
        if (!kind || !state) {
            return unreadable();
        }
        entries.push_back(
            {*id, *kind, std::move(row[kListName]).value_or(""), std::move(row[kListRecipient]),
             *state, to_number(row[kListAttempts]).value_or(0),
             to_number(row[kListCreatedAt]).value_or(0), to_number(row[kListDueAt]).value_or(0),
             std::move(row[kListError]).value_or("")});
    }
    return entries;
}

Result<std::size_t> PgOutbox::retry(const Uuid& id) {
    return retry(id, std::nullopt);
}

Result<std::size_t> PgOutbox::retry_failed() {
    return retry(std::nullopt, std::nullopt);
}

Result<std::size_t> PgOutbox::retry_sent(std::int64_t since_s) {
    return retry(std::nullopt, since_s);
}

Result<std::size_t> PgOutbox::retry(const std::optional<Uuid>& id,
                                    std::optional<std::int64_t> since_s) {
    std::size_t count = 0;
    const auto done = connection_.transact([&](Transaction& transaction) -> Result<void> {
        const auto rows = transaction.run(sql::retry_outbox, {id, since_s});
        if (!rows) {
            return rows.error();
        }
        count = rows->affected;
        const AuditRow row{"outbox-retried", id ? id->str() : "outbox", std::to_string(count)};
        return count == 0 ? Result<void>() : write_audit(transaction, actor_, row);
    });
    return done ? Result<std::size_t>(count) : done.error();
}

Result<OutboxFigures> PgOutbox::count() {
    const auto rows = connection_.run(sql::count_outbox, {kOutboxCountedMax});
    if (!rows) {
        return rows.error();
    }
    const auto figure = [&](std::size_t column) {
        return to_number(rows->rows.at(0).at(column)).value_or(0);
    };
    return OutboxFigures{figure(0), figure(1), figure(2), figure(3)};
}

Result<std::size_t> PgOutbox::sweep(std::size_t limit) {
    const auto rows =
        connection_.run(sql::sweep_outbox, {kFailedKeptS, kMailLimitMaxS, limit, kSentKeptS});
    return rows ? Result<std::size_t>(
                      static_cast<std::size_t>(to_number(rows->rows.at(0).at(0)).value_or(0)))
                : rows.error();
}

Result<std::vector<SealedRow>> PgOutbox::list_sealed(const std::optional<Uuid>& after,
                                                     std::size_t limit) {
    auto rows = connection_.run(sql::list_sealed_outbox, {after, limit});
    if (!rows) {
        return rows.error();
    }
    std::vector<SealedRow> out;
    for (Row& row : rows->rows) {
        const auto id = Uuid::parse(row.at(0).value_or(""));
        if (!id) {
            return unreadable();
        }
        out.push_back({*id, std::move(row.at(1)).value_or(""), row.at(2) == "true"});
    }
    return out;
}

Result<bool> PgOutbox::reseal(const SealedRow& was, const Text& body) {
    const auto rows = connection_.run(sql::reseal_outbox, {was.id, Text::from(was.body), body});
    return rows ? Result<bool>(rows->affected == 1) : rows.error();
}

Result<void> PgOutbox::note_rewrap() {
    return connection_.transact([&](Transaction& transaction) {
        return write_audit(transaction, actor_, {"outbox-rewrapped", "outbox"});
    });
}

}  // namespace signet::store
