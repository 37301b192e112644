#pragma once

#include "base/log.hpp"
#include "server/clock_comparison.hpp"
#include "server/periodic_task.hpp"
#include "server/session_key_guard.hpp"
#include "store/conninfo.hpp"
#include "store/store.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace signet::server {

// How often the database is asked whether it answers.
inline constexpr std::chrono::milliseconds kDatabaseCheckInterval{1000};
// The first and the longest pause while PostgreSQL cannot be reached for migrating.
inline constexpr std::chrono::milliseconds kMigrationRetryMin{100};
inline constexpr std::chrono::milliseconds kMigrationRetryMax{2000};

// How often the owners of the database objects that the service uses are checked.
inline constexpr std::chrono::milliseconds kOwnersCheckInterval{5000};

// Brings the schema up to date as soon as PostgreSQL can be reached, and tries the operations that
// the first user will need. From then on it checks whether the database answers and its objects
// belong to the right owners. It has a thread and a connection of its own, so that a server starts
// without PostgreSQL, and /readyz answers from memory.
class DatabaseWatch {
public:
    struct Options {
        store::ConnectionOptions connection;  // the service's
        store::ConnectionOptions owner;       // as the owner of the tables
        bool migrate = true;
        std::optional<Text> default_role;  // of users who sign up
        // Looks at sessions whenever owners are checked, and at every check until it finds that it
        // can open them. Has to outlive the watch; null: nobody looks.
        SessionKeyGuard* session_keys = nullptr;
    };

    // `log` has to outlive it.
    DatabaseWatch(Options options, const Log& log);
    DatabaseWatch(const DatabaseWatch&) = delete;
    DatabaseWatch& operator=(const DatabaseWatch&) = delete;

    // Returns why the database cannot be used, in words fit for /readyz; it is empty while it can.
    // Thread-safe.
    std::string problem() const;
    // Returns the same for work that only needs tables which are migrated and have the right
    // owners: work that does not depend on the trial, and handles a database that cannot be reached
    // itself. Thread-safe.
    std::string problem_with_tables() const;
    // Returns why tokens that this process signs may be refused, in words fit for /readyz: the
    // clock of this machine has jumped. Empty: it has not. Thread-safe.
    std::string clock_problem() const;
    // Returns whether it is still unknown if the database can be used. Thread-safe.
    bool starting() const;
    // Returns whether the database can never be used as it is (because its schema is newer, or
    // somebody else owns its tables, for example). Then the process has to end with exit code 78.
    // Thread-safe.
    bool unusable() const { return unusable_; }
    // Returns what the operator has to do about the last problem that was logged. Thread-safe.
    std::string reason() const;

private:
    static constexpr std::string_view kStarting = "starting";

    std::optional<PeriodicTask::Next> round();
    bool migrate();
    void check();
    bool try_out();
    // Returns whether a pooler stands between that must not be used.
    bool pools_transactions();
    Result<void> look(bool owners);
    void compare_clocks();
    void give_up(const store::MigrateError& error);
    void note(const std::string& problem, std::string_view detail);

    Options options_;
    const Log& log_;
    mutable std::mutex mutex_;
    std::string problem_{kStarting};
    std::string reason_;
    std::atomic<bool> unusable_ = false;
    std::atomic<bool> migrated_ = false;   // by this process, which checked the owners first
    std::unique_ptr<store::Store> store_;  // once the schema is up to date
    ClockComparison clocks_;
    std::atomic<ClockVerdict> clock_verdict_ = ClockVerdict::together;
    bool tried_ = false;
    bool pooling_known_ = false;  // since the database last answered
    std::chrono::steady_clock::time_point owners_due_;
    Backoff retry_{kMigrationRetryMin, kMigrationRetryMax};
    PeriodicTask task_;
};

}  // namespace signet::server
