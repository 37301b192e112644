#include "cli/migrate.hpp"

#include "cli/output.hpp"
#include "config/load.hpp"

#include <ostream>
#include <string>

namespace signet::cli {
namespace {

int fail_migration(const CommandIo& io, const store::MigrateError& error) {
    fail(io, error.message);
    return error.kind == store::MigrateError::Kind::unusable ? kExitUnusableConfig : kExitFailed;
}

}  // namespace

int migrate_apply(const store::ConnectionOptions& options, const CommandIo& io) {
    const auto applied = store::migrate(options);
    if (!applied) {
        return fail_migration(io, applied.error());
    }
    for (const auto& row : *applied) {
        io.out << "applied " << shown(row.name) << '\n';
    }
    if (applied->empty()) {
        io.out << "nothing to do\n";
    }
    return kExitOk;
}

int migrate_status(const store::ConnectionOptions& options, bool json, const CommandIo& io) {
    const auto rows = store::migration_status(options);
    if (!rows) {
        return fail_migration(io, rows.error());
    }
    print_migrations(*rows, json, io);
    return kExitOk;
}

void print_migrations(const std::vector<store::MigrationRow>& rows, bool json,
                      const CommandIo& io) {
    if (json) {
        std::vector<std::string> elements;
        elements.reserve(rows.size());
        for (const auto& row : rows) {
            elements.push_back("{\"version\":" + std::to_string(row.version) +
                               ",\"name\":" + json_text(row.name) +
                               ",\"appliedAt\":" + json_text_or_null(row.applied_at) + '}');
        }
        print_json_array(io.out, elements);
        return;
    }
    std::vector<std::vector<std::string>> cells;
    cells.reserve(rows.size());
    for (const auto& row : rows) {
        cells.push_back({std::to_string(row.version), shown(row.name),
                         shown(row.applied_at.value_or("pending"))});
    }
    print_table(io.out, {"VERSION", "NAME", "APPLIED"}, cells);
}

}  // namespace signet::cli
