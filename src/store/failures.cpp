#include "store/failures.hpp"

#include "store/sql_text.hpp"

#include <optional>
#include <utility>

namespace signet::store {
namespace {

constexpr std::int64_t kMsPerS = 1000;

Error unreadable() {
    return {Errc::store_failed, "the row of wrong passwords cannot be read"};
}

}  // namespace

Result<Failures> read_failures(const Row& row, std::size_t first) {
    const auto count = to_number(row.at(first + 1));
    const auto wait_ms = to_number(row.at(first + 2));
    std::optional<Text> subject = Text::from(row.at(first).value_or(""));
    if (!row.at(first) || !subject || !count || !wait_ms) {
        return unreadable();
    }
    // A wait that is longer than any is one of a clock that was ahead.
    const bool odd = *wait_ms > kFailureWaitMaxS * kMsPerS;
    return Failures{std::move(subject), *count, odd ? 0 : *wait_ms, row.at(first + 3) == "true"};
}

Result<std::optional<Failures>> PgFailureStore::read(const UserId& user, const SessionId& session) {
    const auto rows = connection_.run(sql::read_failures, {user, session});
    if (!rows) {
        return rows.error();
    }
    if (rows->rows.empty()) {
        return std::optional<Failures>();
    }
    auto failures = store::read_failures(rows->rows.front(), 0);
    return failures ? Result<std::optional<Failures>>(*std::move(failures)) : failures.error();
}

Result<bool> PgFailureStore::reserve(const Text& subject, std::int64_t failures_max) {
    const auto rows = connection_.run(sql::reserve_try, {subject, kFreeFailures, kFailureWaitMaxS,
                                                         failures_max, kTryOutcomeMaxS});
    return rows ? Result<bool>(rows->affected == 1) : rows.error();
}

Result<CountedFailure> PgFailureStore::count(const Failure& failure) {
    const auto action = Text::from(failure.note.action);
    if (!action) {
        return Error{Errc::store_failed, "the action of a refusal is no text"};
    }
    const auto rows = connection_.run(
        sql::count_failure,
        {failure.subject, failure.reserved, kFreeFailures, kFailureWaitMaxS, kAttackFailures,
         kAlarmPauseS, failure.note.origin.network, failure.note.origin.request, *action});
    if (!rows) {
        return rows.error();
    }
    const Row& row = rows->rows.at(0);
    const auto count = to_number(row.at(0));
    return count ? Result<CountedFailure>(CountedFailure{*count, row.at(1) == "true"})
                 : unreadable();
}

Result<void> PgFailureStore::give_back(const Text& subject) {
    return outcome_of(connection_.run(sql::give_failure_back, {subject}));
}

Result<void> PgFailureStore::forget(const Text& subject) {
    return outcome_of(connection_.run(sql::forget_failures, {subject}));
}

Result<std::size_t> PgFailureStore::sweep(std::size_t limit) {
    const auto rows =
        connection_.run(sql::sweep_failures, {kFailuresKeptS, kNamesWithFailuresMax, limit});
    return rows ? Result<std::size_t>(rows->affected) : rows.error();
}

}  // namespace signet::store
