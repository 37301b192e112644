#pragma once

#include "config/config.hpp"
#include "config/source.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace signet::config {

// What one variable came to, fit for a log: a secret is `set` or `unset`.
struct ShownSetting {
    std::string_view name;
    std::string value;
    Origin origin = Origin::fallback;
};

// A configuration, and everything that is to be said about it. `config` holds only when there are
// no errors.
struct LoadedConfig {
    Config config;
    std::vector<Finding> errors;
    std::vector<Finding> warnings;
    std::vector<ShownSetting> shown;  // in the order of the table

    bool usable() const { return errors.empty(); }
    bool has_error(std::string_view name) const;
};

// Reads every row of the table from `sources`, then checks what the rows mean together.
// `on_terminal` decides the default of AUTH_LOG_FORMAT. Secrets in `sources` are the caller's to
// wipe.
LoadedConfig load_config(const ConfigSources& sources, bool on_terminal);

// The same from the environment of this process and `.env` in its working directory; the values of
// secrets are gone from both copies and the environment afterwards. Call it before threads start.
LoadedConfig load_process_config();

// Adds an error where there is no DATABASE_URL: for commands that cannot do without.
void require_database(LoadedConfig& loaded);

// Rules between variables: issuer and Hasura, the role admin, the fixed key, Argon2. Called by
// load_config once every row has been read.
void check_relations(LoadedConfig& loaded);

// `http://HOST:PORT`, with brackets around an IPv6 address.
std::string default_issuer(std::string_view host, std::uint16_t port);

// All errors, one a line, for standard error.
std::string error_text(const LoadedConfig& loaded);

// `NAME=value` of everything that differs from its default, blanks between, for the log.
std::string summary_text(const LoadedConfig& loaded);

// docs/configuration.md, made from the table.
std::string configuration_markdown();

}  // namespace signet::config
