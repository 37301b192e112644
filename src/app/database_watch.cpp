#include "app/database_watch.hpp"

#include "app/pause.hpp"
#include "store/migrate.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace signet::app {

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

// Only changes are logged: an outage is two lines, not one a second.
void DatabaseWatch::note(const std::string& problem, std::string_view detail) {
    {
        const std::lock_guard lock(mutex_);
        if (problem_ == problem) {
            return;
        }
        problem_ = problem;
    }
    if (problem.empty()) {
        log_.write(LogLevel::info, "database-ready");
    } else {
        log_.write(LogLevel::error, "database-not-ready", {{"reason", detail}});
    }
}

bool DatabaseWatch::bring_up_to_date(const std::stop_token& stop) {
    std::chrono::milliseconds retry = kMigrationRetryMin;
    while (!stop.stop_requested()) {
        const auto applied = store::migrate(options_.connection);
        if (applied) {
            for (const store::MigrationRow& row : *applied) {
                log_.write(LogLevel::info, "migration-applied", {{"name", row.name}});
            }
            return true;
        }
        if (applied.error().kind == store::MigrateError::Kind::unusable) {
            note("unusable", applied.error().message);
            unusable_ = true;
            return false;
        }
        note("unavailable", applied.error().message);
        pause(stop, retry);
        retry = std::min(retry * 2, kMigrationRetryMax);
    }
    return false;
}

void DatabaseWatch::run(const std::stop_token& stop) {
    if (options_.migrate) {
        if (!bring_up_to_date(stop)) {
            return;
        }
        note("", "");  // it has answered; the first ping needs another connection
    }
    const std::unique_ptr<store::Store> store = store::make_store(options_.connection);
    while (!stop.stop_requested()) {
        const Result<void> answer = store->accounts().ping();
        if (answer) {
            note("", "");
        } else {
            note(std::string(describe(answer.error().errc).code), answer.error().log_detail);
        }
        pause(stop, kDatabaseCheckInterval);
    }
}

}  // namespace signet::app
