#pragma once

#include "config/config.hpp"

#include <string>
#include <string_view>

namespace signet::config {

// Returns the address of this service for Hasura: the issuer, or `http://HOST:PORT` where that is
// no http URL.
std::string service_url(const Config& config);

// Returns the value of HASURA_GRAPHQL_JWT_SECRET with which a Hasura fetches the keys from
// `jwk_url` and takes the access tokens, as one line of JSON.
std::string hasura_secret(const Config& config, std::string_view jwk_url);

}  // namespace signet::config
