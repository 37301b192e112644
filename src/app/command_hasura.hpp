#pragma once

#include "app/commands.hpp"
#include "app/config.hpp"

#include <optional>
#include <string>

namespace signet::app {

// `signet hasura secret`: prints the value of HASURA_GRAPHQL_JWT_SECRET, one line of JSON. Without
// `jwk_url` it is below the issuer where that is an http URL, else below the listen address. Gives
// the exit code.
int hasura_secret(const Config& config, const std::optional<std::string>& jwk_url,
                  const CommandIo& io);

}  // namespace signet::app
