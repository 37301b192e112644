#pragma once

#include "base/json.hpp"

#include <signet/domain/claims.hpp>
#include <signet/result.hpp>

#include <boost/json/object.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace signet::tokens {

// The limits on custom claims and roles. More would not fit into a token anyway.
inline constexpr std::size_t kCustomClaimsMax = 256;
inline constexpr std::size_t kRolesMax = 4096;

// Writes the object below the claims namespace. The error is internal, if `claims` has no role, an
// empty role or the same role twice, a default role that is not allowed, or a custom claim of a
// name that is not allowed.
Result<void> write_hasura_claims(const AccessClaims& claims, JsonWriter& json);

// Fills allowed_roles, default_role and custom of `claims`, whose subject is set already. Returns
// why the object is refused, or nothing.
std::optional<std::string_view> read_hasura_claims(const boost::json::object& object,
                                                   AccessClaims& claims);

}  // namespace signet::tokens
