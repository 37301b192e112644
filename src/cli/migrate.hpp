#pragma once

#include "cli/commands.hpp"
#include "store/migrate.hpp"

#include <vector>

namespace signet::cli {

// `signet migrate`: brings the tables up to date and says what was done. Gives the exit code.
int migrate_apply(const store::ConnectionOptions& options, const CommandIo& io);

// `signet migrate --status`: changes nothing.
int migrate_status(const store::ConnectionOptions& options, bool json, const CommandIo& io);

void print_migrations(const std::vector<store::MigrationRow>& rows, bool json, const CommandIo& io);

}  // namespace signet::cli
