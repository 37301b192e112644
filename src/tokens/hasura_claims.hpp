#pragma once

#include "base/json.hpp"

#include <signet/domain/claims.hpp>
#include <signet/result.hpp>

#include <boost/json/object.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace signet::tokens {

// More of either cannot fit into a token anyway.
inline constexpr std::size_t kCustomClaimsMax = 256;
inline constexpr std::size_t kRolesMax = 4096;

// Writes the object below the claims namespace. Error: internal, when `claims` has no role, an
// empty role or one twice, a default role that is not allowed, or a custom claim of an impossible
// name.
Result<void> write_hasura_claims(const AccessClaims& claims, JsonWriter& json);

// Fills allowed_roles, default_role and custom of `claims`, whose subject is set already. Returns
// why the object is refused, or nothing.
std::optional<std::string_view> read_hasura_claims(const boost::json::object& object,
                                                   AccessClaims& claims);

}  // namespace signet::tokens
