#pragma once

#include "cli/commands.hpp"
#include "config/config.hpp"

#include <optional>
#include <string>

namespace signet::cli {

// `signet hasura secret`: prints the value of HASURA_GRAPHQL_JWT_SECRET, one line of JSON. Without
// `jwk_url` it is below the issuer where that is an http URL, else below the listen address. Gives
// the exit code.
int hasura_secret(const config::Config& config, const std::optional<std::string>& jwk_url,
                  const CommandIo& io);

}  // namespace signet::cli
