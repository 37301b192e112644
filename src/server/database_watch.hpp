#pragma once

#include "base/log.hpp"
#include "store/conninfo.hpp"
#include "store/store.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

namespace signet::server {

// How often the database is asked whether it answers.
inline constexpr std::chrono::milliseconds kDatabaseCheckInterval{1000};
// While migrating fails because PostgreSQL is away: the first pause, doubled up to the last.
inline constexpr std::chrono::milliseconds kMigrationRetryMin{100};
inline constexpr std::chrono::milliseconds kMigrationRetryMax{2000};

// How often it is looked at who owns what the service works with.
inline constexpr std::chrono::milliseconds kOwnersCheckInterval{5000};

// Brings the schema up to date as soon as PostgreSQL can be reached, tries what the first user will
// do, and watches from then on whether the database answers and belongs to whom it should, on a
// thread and a connection of its own. So a server starts without PostgreSQL, and /readyz answers
// from memory.
class DatabaseWatch {
public:
    struct Options {
        store::ConnectionOptions connection;  // the service's
        store::ConnectionOptions owner;       // of who owns the tables
        bool migrate = true;
        std::optional<Text> default_role;  // as at a signup
    };

    DatabaseWatch(Options options, const Log& log);
    DatabaseWatch(const DatabaseWatch&) = delete;
    DatabaseWatch& operator=(const DatabaseWatch&) = delete;

    // Empty while the database answers; else why it does not, in words fit for /readyz.
    // Thread-safe.
    std::string problem() const;
    // The same for what needs nothing but tables that are migrated and have the owners that they
    // should, needs no trial, and deals with a database that is away by itself. Thread-safe.
    std::string problem_with_tables() const;
    // Whether it is not known yet if the database can be used. Thread-safe.
    bool starting() const;
    // Whether the database can never be used as it is (a newer schema, or tables of somebody else,
    // for example): the process has to end with exit code 78. Thread-safe.
    bool unusable() const { return unusable_; }

private:
    static constexpr std::string_view kStarting = "starting";

    void run(const std::stop_token& stop);
    bool bring_up_to_date(const std::stop_token& stop);
    bool try_out(store::Store& store);
    Result<void> look(store::Store& store, bool owners);
    void give_up(const store::MigrateError& error);
    void note(const std::string& problem, std::string_view detail);

    Options options_;
    const Log& log_;
    mutable std::mutex mutex_;
    std::string problem_{kStarting};
    std::string reason_;
    std::atomic<bool> unusable_ = false;
    std::atomic<bool> migrated_ = false;  // by this process, which looked at the owners first
    std::jthread thread_;
};

}  // namespace signet::server
