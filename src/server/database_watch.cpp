#include "server/database_watch.hpp"

#include "base/system.hpp"
#include "store/migrate.hpp"
#include "store/pg.hpp"
#include "store/store.hpp"

#include <utility>

namespace signet::server {
namespace {

// Names no secret, so /readyz says all of it.
std::string pooled_problem() {
    return "transaction-pooling: " + std::string(store::kTransactionPoolingRefused);
}

}  // namespace

DatabaseWatch::DatabaseWatch(Options options, const Log& log)
    : options_(std::move(options)),
      log_(log),
      task_({.name = "database-watch", .round = [this] { return round(); }}, log) {}

bool DatabaseWatch::starting() const {
    const std::lock_guard lock(mutex_);
    return problem_ == kStarting;
}

std::string DatabaseWatch::problem() const {
    const std::lock_guard lock(mutex_);
    return problem_;
}

std::string DatabaseWatch::reason() const {
    const std::lock_guard lock(mutex_);
    return reason_;
}

std::string DatabaseWatch::clock_problem() const {
    return clock_verdict_ == ClockVerdict::ours_is_off
               ? "the clock of this machine is not that of PostgreSQL"
               : "";
}

std::string DatabaseWatch::problem_with_tables() const {
    const std::string found = problem();
    const bool unsafe =
        unusable_ || found == to_string(Errc::store_unsafe) || found == pooled_problem();
    return migrated_ && !unsafe ? std::string() : found;
}

// Logs only changes, so that an outage takes two lines of the log instead of one a second.
void DatabaseWatch::note(const std::string& problem, std::string_view detail) {
    {
        const std::lock_guard lock(mutex_);
        const bool other_reason = problem == to_string(Errc::store_unsafe) && reason_ != detail;
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

bool DatabaseWatch::migrate() {
    const auto applied = store::migrate(options_.owner);
    if (!applied) {
        if (applied.error().kind == store::MigrateError::Kind::unusable) {
            give_up(applied.error());
        } else if (applied.error().kind == store::MigrateError::Kind::pooled) {
            note(pooled_problem(), applied.error().message);
        } else {
            note("unavailable", applied.error().message);
        }
        return false;
    }
    for (const store::MigrationRow& row : *applied) {
        log_.write(LogLevel::info, "migration-applied", {{"name", row.name}});
    }
    return true;
}

// Returns whether the service can work with the database. Warnings are logged at every start.
bool DatabaseWatch::try_out() {
    const auto checked = store_->check(options_.default_role);
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

bool DatabaseWatch::pools_transactions() {
    if (pooling_known_) {
        return false;
    }
    const auto pooled = store_->pools_transactions();
    pooling_known_ = pooled.has_value() && !*pooled;
    return pooled.has_value() && *pooled;
}

// Checks that the database answers and, with `owners`, that its objects still belong to the right
// owners.
Result<void> DatabaseWatch::look(bool owners) {
    if (auto answer = store_->accounts().ping(); !answer || !owners) {
        return answer;
    }
    const auto found = store_->foreign_objects();
    if (!found) {
        return found.error();
    }
    const std::string refusals = store::explain_refusals(*found);
    return refusals.empty() ? Result<void>() : Result<void>(Error{Errc::store_unsafe, refusals});
}

// Logs only changes.
void DatabaseWatch::compare_clocks() {
    const std::int64_t wall_s = SystemClock().now_s();
    const auto since_boot = now_since_boot().time_since_epoch();
    const auto database_s = store_->database_time();
    if (!database_s) {
        return;  // the next round says why
    }
    const ClockVerdict verdict = clocks_.compare(
        wall_s, std::chrono::duration_cast<std::chrono::seconds>(since_boot).count(), *database_s);
    if (clock_verdict_.exchange(verdict) == verdict) {
        return;
    }
    if (verdict == ClockVerdict::together) {
        return log_.write(LogLevel::info, "clocks-together");
    }
    const bool ours = verdict == ClockVerdict::ours_is_off;
    std::string_view reason =
        "the clocks of this machine and of PostgreSQL have not agreed since the start: set the one "
        "that is wrong";
    if (ours) {
        reason =
            "the clock of this machine has jumped, or never was that of PostgreSQL: tokens may be "
            "refused, so requests should go elsewhere until it is right";
    } else if (verdict == ClockVerdict::theirs_is_off) {
        reason =
            "the clock of PostgreSQL has jumped: sessions may expire early or late until it is "
            "right";
    }
    log_.write(ours ? LogLevel::error : LogLevel::warn, "clocks-apart",
               {{"seconds", wall_s - *database_s}, {"reason", reason}});
}

void DatabaseWatch::check() {
    using std::chrono::steady_clock;
    const bool owners = tried_ && steady_clock::now() >= owners_due_;
    if (pools_transactions()) {
        note(pooled_problem(), store::kTransactionPoolingRefused);
        return;
    }
    const Result<void> answer = look(owners);
    pooling_known_ = pooling_known_ && answer;
    // The trial distinguishes what can never work from what may work later.
    const bool worth_a_trial = answer || answer.error().errc == Errc::store_failed;
    if (!answer && (tried_ || !worth_a_trial)) {
        note(std::string(to_string(answer.error().errc)), answer.error().log_detail);
        return;
    }
    if (answer) {
        compare_clocks();
    }
    SessionKeyGuard* const session_keys = options_.session_keys;
    if (answer && session_keys != nullptr && (owners || !session_keys->problem().empty())) {
        session_keys->look(store_->session_maintenance());
    }
    if (!tried_ && !try_out()) {
        return;
    }
    // A database that was found unsafe stays so until the owners are checked again.
    if (owners || !tried_ || problem() != to_string(Errc::store_unsafe)) {
        note("", "");
    }
    if (owners || !tried_) {
        owners_due_ = steady_clock::now() + kOwnersCheckInterval;
    }
    tried_ = true;
}

std::optional<PeriodicTask::Next> DatabaseWatch::round() {
    if (!store_) {
        migrated_ = options_.migrate && migrate();
        if (unusable_) {
            return std::nullopt;
        }
        if (options_.migrate && !migrated_) {
            return PeriodicTask::after(retry_.next());
        }
        store_ = store::make_store(options_.connection);
        retry_.reset();
    }
    check();
    if (unusable_) {
        return std::nullopt;
    }
    return PeriodicTask::after(tried_ ? kDatabaseCheckInterval : retry_.next());
}

}  // namespace signet::server
