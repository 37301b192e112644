#pragma once

#include "config/config.hpp"
#include "config/source.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace signet::config {

// The value of one setting in a form that may be logged: a secret is `set` or `unset`. Empty if it
// is unset, or if its default is not a constant.
struct ShownSetting {
    std::string_view name;
    std::string value;
    Origin origin = Origin::fallback;
};

// A configuration with what is wrong with it, or worth a warning. `config` may be used only if
// there are no errors.
struct LoadedConfig {
    Config config;
    std::vector<Finding> errors;
    std::vector<Finding> warnings;
    std::vector<ShownSetting> shown;  // in the order of the table

    bool usable() const { return errors.empty(); }
    bool has_error(std::string_view name) const;
};

// Reads every row of the table from `sources`, then checks what the values mean together.
// `on_terminal` decides the default of AUTH_LOG_FORMAT. The caller wipes the secrets in `sources`.
LoadedConfig load_config(const ConfigSources& sources, bool on_terminal);

// Does the same with the environment of this process and `.env` in its working directory. Wipes the
// secrets in both, and removes them from the environment. Call it before threads start.
// `hasura` gets the settings of Hasura that are found there; whoever takes them wipes them.
LoadedConfig load_process_config(Variables* hasura = nullptr);

// Adds an error if there is no DATABASE_URL, for the commands that need a database.
void require_database(LoadedConfig& loaded);

// Checks the rules that hold between settings. load_config() calls it once every row has been read.
void check_relations(LoadedConfig& loaded);

// How many threads there are where AUTH_IO_THREADS and AUTH_LANE_* do not say it.
struct ThreadCounts {
    std::size_t io = 1;
    std::size_t data = 1;
    std::size_t crypto = 1;
};

// Returns the numbers for so many cores. A replica then takes at most 20 connections of PostgreSQL.
ThreadCounts default_threads(std::size_t cores);

// Returns `http://HOST:PORT`, with brackets around an IPv6 address.
std::string default_issuer(std::string_view host, std::uint16_t port);

// Returns all errors, one a line, for standard error.
std::string error_text(const LoadedConfig& loaded);

// Returns `NAME=value` of every setting that was given, with blanks between, for the log.
std::string summary_text(const LoadedConfig& loaded);

// Returns docs/configuration.md, which is made from the table.
std::string configuration_markdown();

}  // namespace signet::config
