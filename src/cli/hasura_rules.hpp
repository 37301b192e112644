#pragma once

#include "config/config.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace signet::cli {

// Why Hasura would refuse a token of this header and these claims at `now_s`, a sentence each, when
// its HASURA_GRAPHQL_JWT_SECRET is what `signet hasura secret` prints. Empty: it takes the token,
// if the signature is good.
std::vector<std::string> hasura_objections(const boost::json::object& header,
                                           const boost::json::object& claims,
                                           const config::TokenConfig& config, std::int64_t now_s);

}  // namespace signet::cli
