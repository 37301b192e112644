#pragma once

#include "cli/commands.hpp"

#include <signet/domain/role.hpp>
#include <signet/service/user_import.hpp>

#include <memory>
#include <string>

namespace signet::cli {

// The words of `signet import`.
struct ImportWords {
    std::string kind;    // csv, ndjson, original, hasura-backend-plus or hasura-auth
    std::string source;  // a file, - for standard input, or a URL; empty: IMPORT_DATABASE_URL
    std::string report;  // a file for what was skipped; empty: none
    bool create_roles = false;
    bool dry_run = false;
    bool yes = false;
    bool json = false;
};

// Opens the source. `import_url` is IMPORT_DATABASE_URL. Errors: invalid_input for words that make
// no sense together, a URL with a password, and a file that cannot be read.
Result<std::unique_ptr<UserSource>> open_source(const ImportWords& words,
                                                const std::string& import_url);

// Imports, or without --yes tells what an import would do. Returns the exit code: kExitFailed if a
// row was skipped, or kExitWrongUsage if nothing was done for want of --yes.
int run_import(const ImportWords& words, UserSource& source, const ImportPorts& ports,
               const RolePolicy& policy, const CommandIo& io);

}  // namespace signet::cli
