#pragma once

#include "store/boundary.hpp"
#include "store/catalog_change.hpp"
#include "store/conninfo.hpp"

#include <signet/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::store {

inline constexpr int kServerVersionMin = 130000;  // gen_random_uuid() without an extension
inline constexpr std::chrono::seconds kMigrationLockWait{60};
inline constexpr std::chrono::minutes kMigrationStatementMax{10};

// The reason why the schema is not what this binary needs.
struct MigrateError {
    enum class Kind : std::uint8_t {
        unavailable,  // PostgreSQL is away, locked or read-only: a later try may succeed
        unusable,     // no try succeeds until the operator changes something: exit 78
        pooled,       // a pooler gives each transaction another connection
    };
    Kind kind = Kind::unusable;
    std::string message;  // for the operator; holds no secret
};
[[noreturn]] void throw_exception_from_error(const MigrateError& error,
                                             const boost::source_location& where);
template <class T>
using MigrateResult = boost::system::result<T, MigrateError>;

struct MigrationRow {
    int version = 0;
    std::string name;
    std::optional<std::string> applied_at;  // 2026-01-31T12:00:00Z; nullopt: pending
    bool newer = false;                     // than this binary, which does not know it
};

struct MigrationPlan {
    std::vector<CatalogChange> changes;  // the parts of a new table are not listed one by one
    // Describes tables of others, which migrate() changes only with options.adopt. Empty: none.
    std::string of_others;
};

// Migrates the database to the schema of this binary, one process at a time. A database that has no
// tables of Signet yet gets all migrations in one transaction, so that a refusal leaves nothing
// behind; later ones have a transaction each. If there is nothing to do, which is found out without
// a lock, nobody waits. Returns the migrations that were applied now, in order. The error is
// `unusable` for a server older than kServerVersionMin, a database that is not in UTF8, a schema
// newer than the binary, a migration that was altered after it was applied, tables that neither
// Signet nor the original service made unless options.adopt is set, tables that cannot be adopted,
// missing rights, and objects of roles that are not trusted. `options` is the connection of the
// owner; options.other_role, if it is not empty, is the role of the service, which gets the rights
// on rows that it needs.
MigrateResult<std::vector<MigrationRow>> migrate(const ConnectionOptions& options);

// Does what migrate() would do with options.adopt set, in one transaction, compares the catalog
// before and after, and takes everything back. The errors are those of migrate(). Meanwhile it
// holds the locks that migrating holds.
MigrateResult<MigrationPlan> plan_migration(const ConnectionOptions& options);

class ClaimsCall;

// Checks over the connection of the service whether it may work with a migrated database: it checks
// that the tables are Signet's, and the owners of objects, and tries a signup, a login and a grant,
// which it rolls back. Returns what the operator should be warned about. `default_role` is that of
// a signup.
MigrateResult<std::vector<ForeignObject>> check_database(Connection& connection,
                                                         const ClaimsCall& claims,
                                                         const std::optional<Text>& default_role);

// Returns all migrations that the database or this binary knows, by version. Changes nothing.
// A database that is newer than this binary is no error here.
MigrateResult<std::vector<MigrationRow>> migration_status(const ConnectionOptions& options);

// Returns what has the name of something that these migrations make, with its owner and the
// statement that makes room for it. Tables are no obstacle: migrate() adopts them or says why not.
Result<std::vector<ForeignObject>> migration_obstacles(const ConnectionOptions& options,
                                                       const std::vector<std::string>& pending);

// Says which migration the database has that this binary does not know, and what to do.
std::string newer_than_binary(int version, std::string_view name);

}  // namespace signet::store
