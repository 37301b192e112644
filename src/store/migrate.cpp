#include "store/migrate.hpp"

#include "store/account_transaction.hpp"
#include "store/adoption.hpp"
#include "store/boundary.hpp"
#include "store/function_name.hpp"
#include "store/pg.hpp"
#include "store/pg_error.hpp"
#include "store/sql_fill.hpp"
#include "store/sql_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace signet::store {
namespace {

constexpr std::string_view kCannotAdopt = "SG001";  // raised by sql/migrations
constexpr std::string_view kNameTaken = "42710";    // by a type, as an enumeration may be
constexpr sql::Query kCatalog{"catalog", sql::catalog};
constexpr std::string_view kViewMigration = "0011_living_session";
constexpr int kAccountsVersion = 2;  // of the migration that makes or adopts the three tables
// The SQLSTATEs if two processes create the schema at once: the unique indexes of the catalogs let
// only one of them succeed.
constexpr std::array<std::string_view, 3> kMadeByAnother{"23505", "42P06", "42P07"};
constexpr int kFirstMigrationTries = 5;
constexpr std::string_view kCheckViolation = "23514";
constexpr std::string_view kNoRight = "42501";
// A line in a migration: the owners of all objects are checked again before the rest of it runs.
constexpr std::string_view kCheckOwners = "-- :check_owners";

struct Record {
    int version = 0;
    std::string name;
    std::string sha256;
    std::string applied_at;
};

ConnectionOptions for_migration(ConnectionOptions options) {
    using std::chrono::milliseconds;
    options.prepare_queries = false;
    options.timeouts.statement_ms = static_cast<int>(milliseconds(kMigrationStatementMax).count());
    options.timeouts.lock_ms = static_cast<int>(milliseconds(kMigrationLockWait).count());
    return options;
}

int to_int(const std::optional<std::string>& digits) {
    int out = 0;
    if (digits) {
        std::from_chars(digits->data(), digits->data() + digits->size(), out);
    }
    return out;
}

bool is_true(const Rows& rows) {
    return rows.rows.size() == 1 && rows.rows[0][0] == "t";
}

MigrateError explain(const Error& error, const std::string& sqlstate) {
    if (sqlstate == kCannotAdopt) {
        const std::size_t text = error.log_detail.find("ERROR:");
        return {MigrateError::Kind::unusable,
                (text == std::string::npos
                     ? error.log_detail
                     : error.log_detail.substr(error.log_detail.find_first_not_of(' ', text + 6))) +
                    ". Nothing was changed. AUTH_DATABASE_SCHEMA names another schema for the "
                    "tables of "
                    "Signet"};
    }
    if (sqlstate == kNameTaken) {
        return {MigrateError::Kind::unusable,
                error.log_detail +
                    ". Something else has the name of a table of Signet. Nothing was "
                    "changed. AUTH_DATABASE_SCHEMA names another schema for the "
                    "tables of Signet"};
    }
    const bool lasting = error.errc == Errc::store_failed || error.errc == Errc::store_unsafe;
    const bool passing = !lasting || (error.errc == Errc::store_failed && may_pass(sqlstate));
    const auto kind = passing ? MigrateError::Kind::unavailable : MigrateError::Kind::unusable;
    return {kind, std::string(to_string(error.errc)) + ": " + error.log_detail};
}

// Explains an error of the check of owners. The only schema on which that may lack a right is the
// one of the claims function.
MigrateError explain_look(const Error& error, const std::string& sqlstate) {
    MigrateError out = explain(error, sqlstate);
    if (sqlstate == kNoRight) {
        out.message +=
            " (grant usage on the schema of AUTH_CLAIMS_FUNCTION to the roles of "
            "DATABASE_URL and MIGRATION_DATABASE_URL)";
    }
    return out;
}

std::optional<MigrateError> check_options(const ConnectionOptions& options) {
    if (const auto reason = check_dsn(options.dsn)) {
        return MigrateError{MigrateError::Kind::unusable, "DATABASE_URL: " + *reason};
    }
    if (const auto reason = check_schema(options.schema)) {
        return MigrateError{MigrateError::Kind::unusable, "AUTH_DATABASE_SCHEMA: " + *reason};
    }
    return std::nullopt;
}

std::optional<MigrateError> check_server(Connection& connection) {
    const auto version = connection.server_version();
    if (!version) {
        return explain(version.error(), {});
    }
    if (*version < kServerVersionMin) {
        return MigrateError{MigrateError::Kind::unusable,
                            "PostgreSQL " + std::to_string(*version / 10000) +
                                " is too old: Signet needs 13 or newer"};
    }
    if (const auto pooled = connection.pools_transactions(); pooled && *pooled) {
        return MigrateError{MigrateError::Kind::pooled, std::string(kTransactionPoolingRefused)};
    }
    const auto encoding = connection.run(sql::server_encoding);
    if (!encoding) {
        return explain(encoding.error(), connection.last_sqlstate());
    }
    if (encoding->rows.at(0).at(0) != "UTF8") {
        return MigrateError{MigrateError::Kind::unusable,
                            "the database is not encoded in UTF8: create one with ENCODING 'UTF8'"};
    }
    return std::nullopt;
}

// `run` is Connection::run or Transaction::run.
template <class Runner>
Result<std::vector<Record>> read_records(Runner& runner) {
    const auto known = runner.run(sql::migration_known);
    if (!known) {
        return known.error();
    }
    std::vector<Record> out;
    if (!is_true(*known)) {
        return out;
    }
    const auto rows = runner.run(sql::migration_list);
    if (!rows) {
        return rows.error();
    }
    for (const Row& row : rows->rows) {
        out.push_back(
            {to_int(row[0]), row[1].value_or(""), row[2].value_or(""), row[3].value_or("")});
    }
    return out;
}

std::optional<std::string> find_contradiction(const std::vector<Record>& records) {
    for (const Record& record : records) {
        const auto* const ours =
            std::find_if(sql::migrations.begin(), sql::migrations.end(),
                         [&](const sql::Migration& m) { return m.version == record.version; });
        if (ours == sql::migrations.end()) {
            return newer_than_binary(record.version, record.name);
        }
        if (ours->sha256 != record.sha256 && ours->former_sha256 != record.sha256) {
            return "migration " + record.name +
                   " was altered after it was applied to this database";
        }
    }
    return std::nullopt;
}

// Before the record exists, there is nothing to lock: the first process to create the schema wins.
Result<void> lock_record(Transaction& transaction) {
    const auto known = transaction.run(sql::migration_known);
    if (!known) {
        return known.error();
    }
    if (is_true(*known)) {
        if (auto locked = transaction.run(sql::migration_lock); !locked) {
            return locked.error();
        }
    }
    return {};
}

Result<void> check_owners(Transaction& transaction, std::optional<std::string>& refused) {
    const auto foreign = find_foreign_objects(transaction);
    if (!foreign) {
        return foreign.error();
    }
    if (std::string text = explain_refusals(*foreign); !text.empty()) {
        refused = std::move(text);
        return Error{Errc::store_unsafe, *refused};
    }
    return {};
}

// What a transaction that migrates has done so far.
struct Progress {
    bool adopt = false;  // take tables of others
    bool whole = false;  // apply all that is pending, and not only the next one
    std::vector<MigrationRow> applied = {};
    // Why nothing may be done: the record contradicts this binary, the tables are somebody else's,
    // or an object belongs to a role that is not trusted.
    std::optional<std::string> refused = {};
};

Result<void> check_tables(Transaction& transaction, Progress& progress) {
    const auto objection = object_to_tables(transaction, progress.adopt);
    if (!objection) {
        return objection.error();
    }
    if (*objection) {
        progress.refused = *objection;
        return Error{Errc::store_failed, **objection};
    }
    return check_owners(transaction, progress.refused);
}

// Runs one migration. The part after the marker works on tables that nobody else can change any
// more. It is not begun unless they may be touched, and all of them belong to trusted roles.
Result<void> apply(Transaction& transaction, const sql::Migration& migration, Progress& progress) {
    const std::size_t marker = migration.text.find(kCheckOwners);
    if (auto done = transaction.run_script(migration.text.substr(0, marker)); !done) {
        return done;
    }
    if (marker != std::string_view::npos) {
        if (auto checked = check_tables(transaction, progress); !checked) {
            return checked;
        }
        if (auto done = transaction.run_script(migration.text.substr(marker)); !done) {
            return done;
        }
    }
    if (auto done = transaction.run_script(sql::close_signet); !done) {
        return done;
    }
    const auto name = Text::from(migration.name);
    const auto sum = Text::from(migration.sha256);
    if (auto noted = transaction.run(sql::migration_note, {migration.version, name, sum}); !noted) {
        return noted.error();
    }
    progress.applied.push_back({migration.version, std::string(migration.name), {}});
    return {};
}

bool has(const std::vector<Record>& records, int version) {
    return std::ranges::find(records, version, &Record::version) != records.end();
}

// Applies the migrations that are pending: all of them if there are no tables of Signet yet, or
// `progress` wants them whole, and otherwise the next one.
Result<void> apply_pending(Transaction& transaction, Progress& progress) {
    progress.applied.clear();
    progress.refused.reset();
    if (auto locked = lock_record(transaction); !locked) {
        return locked;
    }
    if (auto checked = check_tables(transaction, progress); !checked) {
        return checked;
    }
    const auto records = read_records(transaction);
    if (!records) {
        return records.error();
    }
    progress.refused = find_contradiction(*records);
    if (!progress.refused && has(*records, kAccountsVersion)) {
        const auto missing = object_to_missing(transaction);
        if (!missing) {
            return missing.error();
        }
        progress.refused = *missing;
    }
    if (progress.refused) {
        return Error{Errc::store_failed, *progress.refused};
    }
    const bool whole = progress.whole || !has(*records, kAccountsVersion);
    for (const sql::Migration& migration : sql::migrations) {
        if (has(*records, migration.version)) {
            continue;
        }
        if (!progress.applied.empty()) {
            if (!whole) {
                return {};
            }
            if (auto owned = check_owners(transaction, progress.refused); !owned) {
                return owned;
            }
        }
        if (auto done = apply(transaction, migration, progress); !done) {
            return done;
        }
    }
    return {};
}

std::optional<MigrateError> check_schema_is_the_same(Connection& connection) {
    const auto missing = object_to_missing(connection);
    if (!missing) {
        return explain(missing.error(), connection.last_sqlstate());
    }
    return *missing ? std::optional(MigrateError{MigrateError::Kind::unusable, **missing})
                    : std::nullopt;
}

bool is_complete(const std::vector<Record>& records) {
    return std::ranges::all_of(sql::migrations, [&](const sql::Migration& migration) {
        return has(records, migration.version);
    });
}

// Tells whether the last statement failed because another process has made the same thing.
bool is_made_by_another(const Connection& connection) {
    return std::ranges::find(kMadeByAnother, connection.last_sqlstate()) != kMadeByAnother.end();
}

MigrateResult<std::vector<MigrationRow>> apply_all(const ConnectionOptions& options) {
    Connection connection(for_migration(options));
    std::vector<MigrationRow> out;
    for (int tries = 1;;) {
        Progress progress{.adopt = options.adopt};
        const auto done = connection.transact(
            [&](Transaction& transaction) { return apply_pending(transaction, progress); });
        if (progress.refused) {
            return MigrateError{MigrateError::Kind::unusable, *progress.refused};
        }
        if (!done) {
            if (is_made_by_another(connection) && tries++ < kFirstMigrationTries) {
                continue;
            }
            return explain(done.error(), connection.last_sqlstate());
        }
        if (progress.applied.empty()) {
            return out;
        }
        out.insert(out.end(), progress.applied.begin(), progress.applied.end());
    }
}

// Grants the role of the service its rights, if it is not the owner of the tables and lacks one.
Result<void> give_rights(Transaction& transaction, const std::string& service) {
    if (service.empty()) {
        return {};
    }
    const auto has_rights = transaction.run(sql::has_service_rights, {Text::from(service)});
    if (!has_rights) {
        return has_rights.error();
    }
    return is_true(*has_rights)
               ? Result<void>()
               : transaction.run_script(
                     fill(sql::service_rights, {{":service", quote_identifier(service)}}));
}

std::optional<MigrateError> grant_rights(Connection& connection, const std::string& service) {
    if (service.empty()) {
        return std::nullopt;
    }
    const auto done = connection.transact([&](Transaction& transaction) {
        auto locked = lock_record(transaction);
        return locked ? give_rights(transaction, service) : locked;
    });
    return done ? std::nullopt : std::optional(explain(done.error(), connection.last_sqlstate()));
}

std::string_view hint_for(std::string_view message) {
    if (message.find("row-level security") != std::string_view::npos) {
        return " (switch row level security off for this table, or give the role of DATABASE_URL "
               "BYPASSRLS: Signet needs every row)";
    }
    if (message.find("violates not-null constraint") != std::string_view::npos) {
        return " (Signet does not fill this column: give it a default, or let it be NULL)";
    }
    if (message.find("SQLSTATE P0001") != std::string_view::npos ||
        message.find("SQLSTATE 22001") != std::string_view::npos) {
        return " (the trial signs up a username such as trial-0123abcd with an address at "
               "example.org and the role of that name: a rule of your own has to let it pass)";
    }
    return "";
}

// Says that the trial failed, and what to do.
MigrateError explain_trial(const Error& cause, const std::string& sqlstate) {
    MigrateError error = explain(cause, sqlstate);
    // Without a SQLSTATE it is what the trial says about the rows that it read back.
    if (cause.errc == Errc::store_failed && sqlstate.empty()) {
        error.kind = MigrateError::Kind::unusable;
    }
    error.message =
        "a signup, a login and a grant were tried and taken back, and failed: " + error.message;
    error.message += hint_for(error.message);
    return error;
}

// Migrates in a transaction that the caller takes back.
Result<MigrationPlan> rehearse(Transaction& transaction, const ConnectionOptions& options,
                               Progress& progress) {
    if (auto locked = lock_record(transaction); !locked) {
        return locked.error();
    }
    const auto objection = object_to_tables(transaction, options.adopt);
    if (!objection) {
        return objection.error();
    }
    const auto before = transaction.run(kCatalog);
    if (auto done = apply_pending(transaction, progress); !done) {
        return done.error();
    }
    if (auto given = give_rights(transaction, options.other_role); !given) {
        return given.error();
    }
    const auto after = transaction.run(kCatalog);
    if (!before || !after) {
        return before ? after.error() : before.error();
    }
    return MigrationPlan{compare_catalogs(*before, *after), objection->value_or("")};
}

MigrateResult<MigrationPlan> plan_as(const ConnectionOptions& options) {
    Connection connection(for_migration(options));
    if (auto objection = check_server(connection)) {
        return *objection;
    }
    for (int tries = 1;; ++tries) {
        auto transaction = connection.begin();
        if (!transaction) {
            return explain(transaction.error(), connection.last_sqlstate());
        }
        Progress progress{.adopt = true, .whole = true};
        auto plan = rehearse(**transaction, options, progress);
        if (progress.refused) {
            return MigrateError{MigrateError::Kind::unusable, *progress.refused};
        }
        if (!plan && is_made_by_another(connection) && tries < kFirstMigrationTries) {
            continue;
        }
        if (!plan) {
            return explain(plan.error(), connection.last_sqlstate());
        }
        const auto tried =
            try_out(std::move(*transaction), connection, ClaimsCall(options), std::nullopt);
        if (!tried && connection.last_sqlstate() != kCheckViolation) {
            return explain_trial(tried.error(), connection.last_sqlstate());
        }
        return std::move(*plan);
    }
}

// Finds errors that the first user would meet otherwise. A missing function is only
// `unavailable`, because it may need tables that Signet creates, and may be created later.
std::optional<MigrateError> check_claims(Connection& connection) {
    const auto usable = connection.run(sql::claims_usable);
    if (!usable) {
        return explain(usable.error(), connection.last_sqlstate());
    }
    const Row& row = usable->rows.at(0);
    if (row.at(0) != "t") {
        return MigrateError{MigrateError::Kind::unavailable,
                            "there is no function of the name in AUTH_CLAIMS_FUNCTION that takes "
                            "exactly one uuid: create it"};
    }
    if (row.at(1) != "t") {
        return MigrateError{MigrateError::Kind::unusable,
                            "the role of DATABASE_URL may not execute the function of "
                            "AUTH_CLAIMS_FUNCTION, or use its schema: grant both"};
    }
    const auto trusted = connection.run(sql::require_claims);
    if (!trusted) {
        MigrateError error = explain(trusted.error(), connection.last_sqlstate());
        error.message = "AUTH_CLAIMS_FUNCTION: " + error.message;
        return error;
    }
    return std::nullopt;
}

// Returns the role of the service, which may differ from that of the URL behind a pooler.
MigrateResult<std::string> ask_service_role(const ConnectionOptions& owner) {
    ConnectionOptions options = for_migration(owner);
    options.dsn = std::exchange(options.service_dsn, {});
    options.dsn_file = std::exchange(options.service_dsn_file, {});
    Connection connection(options);
    const auto asked = connection.run(sql::current_role_name);
    if (!asked) {
        MigrateError error = explain(asked.error(), connection.last_sqlstate());
        error.message = "DATABASE_URL, whose role is to be given its rights: " + error.message;
        return error;
    }
    return asked->rows.at(0).at(0).value_or("");
}

// Returns the options of the connection that migrates, with the role of the service.
MigrateResult<ConnectionOptions> owner_of(const ConnectionOptions& options) {
    if (auto objection = check_options(options)) {
        return *objection;
    }
    ConnectionOptions owner = options;
    if (!options.service_dsn.empty()) {
        auto service = ask_service_role(options);
        if (!service) {
            return service.error();
        }
        owner.other_role = *std::move(service);
    }
    return owner;
}

MigrateResult<std::vector<MigrationRow>> migrate_as(const ConnectionOptions& options) {
    bool stands_already = false;
    {
        Connection connection(for_migration(options));
        if (auto objection = check_server(connection)) {
            return *objection;
        }
        // These come first, because objects of other roles must not be read.
        const auto others = object_to_tables(connection, options.adopt);
        if (!others) {
            return explain(others.error(), connection.last_sqlstate());
        }
        if (*others) {
            return MigrateError{MigrateError::Kind::unusable, **others};
        }
        const auto foreign = find_foreign_objects(connection);
        if (!foreign) {
            return explain_look(foreign.error(), connection.last_sqlstate());
        }
        if (const std::string refusals = explain_refusals(*foreign); !refusals.empty()) {
            return MigrateError{MigrateError::Kind::unusable, refusals};
        }
        const auto records = read_records(connection);
        if (!records) {
            return explain(records.error(), connection.last_sqlstate());
        }
        // Usually there is nothing to do. Finding that out needs no lock, because what was applied
        // stays applied.
        if (is_complete(*records) && !find_contradiction(*records)) {
            if (auto objection = check_schema_is_the_same(connection)) {
                return *objection;
            }
            if (auto objection = grant_rights(connection, options.other_role)) {
                return *objection;
            }
            return std::vector<MigrationRow>{};
        }
        if (!has(*records, kAccountsVersion)) {
            const auto there = connection.run(sql::accounts_there);
            if (!there) {
                return explain(there.error(), connection.last_sqlstate());
            }
            stands_already = is_true(*there);
        }
    }
    // Tables that are there are altered only if Signet can work with them then.
    if (stands_already) {
        if (auto rehearsed = plan_as(options); !rehearsed) {
            return rehearsed.error();
        }
    }
    // This opens another connection, because one that has found a table missing keeps finding it
    // missing while it waits for the process that creates it.
    auto applied = apply_all(options);
    if (applied) {
        Connection connection(for_migration(options));
        if (auto objection = grant_rights(connection, options.other_role)) {
            return *objection;
        }
    }
    return applied;
}

}  // namespace

void throw_exception_from_error(const MigrateError& error, const boost::source_location& where) {
    throw std::logic_error("value() of a failed migration: " + error.message + " at " +
                           where.file_name());
}

MigrateResult<std::vector<MigrationRow>> migrate(const ConnectionOptions& options) {
    const auto owner = owner_of(options);
    return owner ? migrate_as(*owner) : owner.error();
}

MigrateResult<MigrationPlan> plan_migration(const ConnectionOptions& options) {
    const auto owner = owner_of(options);
    return owner ? plan_as(*owner) : owner.error();
}

MigrateResult<std::vector<ForeignObject>> check_database(Connection& connection,
                                                         const ClaimsCall& claims,
                                                         const std::optional<Text>& default_role) {
    if (auto objection = check_schema_is_the_same(connection)) {
        return *objection;
    }
    auto found = find_foreign_objects(connection);
    if (!found) {
        return explain_look(found.error(), connection.last_sqlstate());
    }
    if (const std::string refusals = explain_refusals(*found); !refusals.empty()) {
        return MigrateError{MigrateError::Kind::unusable, refusals};
    }
    if (auto objection = check_claims(connection)) {
        return *objection;
    }
    auto begun = connection.begin();
    const auto tried = begun ? try_out(std::move(*begun), connection, claims, default_role)
                             : Result<void>(begun.error());
    if (!tried && connection.last_sqlstate() == kCheckViolation) {
        // This is only a warning, because the rule may accept the names of every real account.
        found->push_back({false,
                          "a signup was tried and a check refused it: " + tried.error().log_detail,
                          "look whether the check lets new accounts in"});
    } else if (!tried) {
        return explain_trial(tried.error(), connection.last_sqlstate());
    }
    return std::move(*found);
}

std::string newer_than_binary(int version, std::string_view name) {
    return "the database has migration " + std::to_string(version) + " (" + std::string(name) +
           "), which is newer than this binary: install a newer Signet. In the middle of an "
           "update, "
           "`signet serve` of this one starts with AUTH_MIGRATE=off";
}

MigrateResult<std::vector<MigrationRow>> migration_status(const ConnectionOptions& options) {
    if (auto objection = check_options(options)) {
        return *objection;
    }
    Connection connection(for_migration(options));
    const auto records = read_records(connection);
    if (!records) {
        return explain(records.error(), connection.last_sqlstate());
    }
    std::vector<MigrationRow> out;
    for (const Record& record : *records) {
        out.push_back({record.version, record.name, record.applied_at,
                       std::ranges::find(sql::migrations, record.version,
                                         &sql::Migration::version) == sql::migrations.end()});
    }
    for (const sql::Migration& migration : sql::migrations) {
        if (std::none_of(records->begin(), records->end(),
                         [&](const Record& r) { return r.version == migration.version; })) {
            out.push_back({migration.version, std::string(migration.name), std::nullopt});
        }
    }
    std::sort(out.begin(), out.end(),
              [](const MigrationRow& a, const MigrationRow& b) { return a.version < b.version; });
    return out;
}

Result<std::vector<ForeignObject>> migration_obstacles(const ConnectionOptions& options,
                                                       const std::vector<std::string>& pending) {
    if (std::ranges::find(pending, kViewMigration) == pending.end()) {
        return std::vector<ForeignObject>();
    }
    Connection connection(for_migration(options));
    return find_obstacles(connection);
}

}  // namespace signet::store
