#pragma once

#include <signet/domain/claims.hpp>
#include <signet/result.hpp>

#include <boost/json/object.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace signet::tokens {

// More of either cannot fit into a token anyway.
inline constexpr std::size_t kCustomClaimsMax = 256;
inline constexpr std::size_t kRolesMax = 4096;

// Whether `name` may name a custom claim: lower case, x-hasura-…, and none of the names that
// Signet or Hasura fills itself.
bool is_custom_claim_name(std::string_view name);

// The object below the claims namespace. Error: internal, when `claims` has no role, an empty role
// or one twice, a default role that is not allowed, or a custom claim of an impossible name.
Result<std::string> write_hasura_claims(const AccessClaims& claims);

// Fills allowed_roles, default_role and custom of `claims`, whose subject is set already. Nothing,
// or why the object is refused.
std::optional<std::string_view> read_hasura_claims(const boost::json::object& object,
                                                   AccessClaims& claims);

}  // namespace signet::tokens
