#pragma once

#include "cli/commands.hpp"
#include "config/load.hpp"
#include "doctor/checks.hpp"
#include "doctor/examination.hpp"

#include <vector>

namespace signet::cli {

// `signet doctor` prints what is wrong with Signet, its database and its Hasura. Returns kExitOk if
// nothing worse than a warning was found, kExitUnusableConfig if a setting of Signet is an error,
// and kExitFailed for any other error. Wipes `hasura`, the settings of Hasura in this environment.
int run_doctor(config::LoadedConfig loaded, config::Variables hasura, const doctor::Scope& scope,
               bool json, const CommandIo& io);

// Prints the findings, and returns the exit code for them.
int print_findings(const std::vector<doctor::Finding>& findings, const doctor::Scope& scope,
                   bool json, const CommandIo& io);

}  // namespace signet::cli
