#include "server/database_watch.hpp"

#include "server/pause.hpp"
#include "store/migrate.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace signet::server {

DatabaseWatch::DatabaseWatch(Options options, const Log& log)
    : options_(std::move(options)),
      log_(log),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

bool DatabaseWatch::starting() const {
    const std::lock_guard lock(mutex_);
    return problem_ == kStarting;
}

std::string DatabaseWatch::problem() const {
    const std::lock_guard lock(mutex_);
    return problem_;
}

std::string DatabaseWatch::problem_with_tables() const {
    const std::string found = problem();
    const bool unsafe = unusable_ || found == describe(Errc::store_unsafe).code;
    return migrated_ && !unsafe ? std::string() : found;
}

// Only changes are logged: an outage is two lines, not one a second.
void DatabaseWatch::note(const std::string& problem, std::string_view detail) {
    {
        const std::lock_guard lock(mutex_);
        const bool other_reason = problem == describe(Errc::store_unsafe).code && reason_ != detail;
        if (problem_ == problem && !other_reason) {
            return;
        }
        problem_ = problem;
        reason_ = detail;
    }
    if (problem.empty()) {
        log_.write(LogLevel::info, "database-ready");
    } else {
        log_.write(LogLevel::error, "database-not-ready", {{"reason", detail}});
    }
}

void DatabaseWatch::give_up(const store::MigrateError& error) {
    unusable_ = true;
    note("unusable", error.message);
}

bool DatabaseWatch::bring_up_to_date(const std::stop_token& stop) {
    std::chrono::milliseconds retry = kMigrationRetryMin;
    while (!stop.stop_requested()) {
        const auto applied = store::migrate(options_.owner);
        if (applied) {
            for (const store::MigrationRow& row : *applied) {
                log_.write(LogLevel::info, "migration-applied", {{"name", row.name}});
            }
            return true;
        }
        if (applied.error().kind == store::MigrateError::Kind::unusable) {
            give_up(applied.error());
            return false;
        }
        note("unavailable", applied.error().message);
        pause(stop, retry);
        retry = std::min(retry * 2, kMigrationRetryMax);
    }
    return false;
}

// Whether the service can work with the database. Warnings come at every start.
bool DatabaseWatch::try_out(store::Store& store) {
    const auto checked = store.check(options_.default_role);
    if (!checked) {
        if (checked.error().kind == store::MigrateError::Kind::unusable) {
            give_up(checked.error());
        } else {
            note("unavailable", checked.error().message);
        }
        return false;
    }
    for (const store::ForeignObject& object : *checked) {
        log_.write(LogLevel::warn, "database-warning",
                   {{"message", object.what}, {"cure", object.cure}});
    }
    return true;
}

// Whether the database answers; with `owners`, also whether it is still as the start found it.
Result<void> DatabaseWatch::look(store::Store& store, bool owners) {
    if (auto answer = store.accounts().ping(); !answer || !owners) {
        return answer;
    }
    const auto found = store.foreign_objects();
    if (!found) {
        return found.error();
    }
    const std::string refusals = store::explain_refusals(*found);
    return refusals.empty() ? Result<void>() : Result<void>(Error{Errc::store_unsafe, refusals});
}

void DatabaseWatch::run(const std::stop_token& stop) {
    using std::chrono::steady_clock;
    if (options_.migrate) {
        if (!bring_up_to_date(stop)) {
            return;
        }
        migrated_ = true;
    }
    const std::unique_ptr<store::Store> store = store::make_store(options_.connection);
    bool tried = false;
    std::chrono::milliseconds retry = kMigrationRetryMin;
    steady_clock::time_point owners_due;
    while (!stop.stop_requested() && !unusable_) {
        const bool owners = tried && steady_clock::now() >= owners_due;
        const Result<void> answer = look(*store, owners);
        // A trial tells what cannot work from what may work later.
        const bool worth_a_trial = answer || answer.error().errc == Errc::store_failed;
        if (!answer && (tried || !worth_a_trial)) {
            note(std::string(describe(answer.error().errc).code), answer.error().log_detail);
        } else if (tried || try_out(*store)) {
            // What was found unsafe stays so until the next look at the owners.
            if (owners || !tried || problem() != describe(Errc::store_unsafe).code) {
                note("", "");
            }
            owners_due = owners || !tried ? steady_clock::now() + kOwnersCheckInterval : owners_due;
            tried = true;
        }
        pause(stop, tried ? kDatabaseCheckInterval : retry);
        retry = std::min(retry * 2, kMigrationRetryMax);
    }
}

}  // namespace signet::server
