#pragma once

#include "doctor/checks.hpp"
#include "doctor/facts.hpp"

#include <boost/json/object.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet::doctor {

// Returns everything that the facts show to be wrong. Pure.
std::vector<Finding> diagnose(const Facts& facts);

// Does so for Hasura's metadata.
void check_metadata(const Facts& facts, Findings& out);

// The names in value_from_env of the headers of actions and remote schemas.
std::vector<std::string> header_variables(const boost::json::object& metadata);

// The role of clients without a token: HASURA_GRAPHQL_UNAUTHORIZED_ROLE or else
// AUTH_ANONYMOUS_ROLE; empty if neither is set.
std::string role_without_token(const Facts& facts);

// Returns the setting of Hasura without blanks around it, or an empty text.
std::string hasura_setting(const Facts& facts, std::string_view name);

// Whether the settings of Hasura here are all that it has. It starts with neither of its databases
// unset, so that where both are, what is missing here may be set elsewhere.
bool knows_all_of_hasura(const Facts& facts);

// A path of an action, which is for somebody without a token or not.
struct ActionPath {
    std::string_view path;
    bool signs_in;
};
std::span<const ActionPath> action_paths();

// Returns the URL of the JWKS that Hasura would fetch: `jwk_url` of its secret, or without one that
// of Signet.
std::string jwk_url(const Facts& facts);

}  // namespace signet::doctor
