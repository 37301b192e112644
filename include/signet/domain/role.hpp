#pragma once

#include <signet/domain/text.hpp>
#include <signet/domain/user.hpp>
#include <signet/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace signet {

inline constexpr std::size_t kRoleNameBytesMax = 255;
inline constexpr std::string_view kAdminRole = "admin";  // Hasura gives this role all rights
// That of clients without a token, as people usually set it in Hasura.
inline constexpr std::string_view kHasurasAnonymous = "anonymous";

// Tells whether the name is `admin`, or `admin` but for white space around it, which somebody on
// the way to Hasura may cut off.
bool is_admin(std::string_view role);

// Returns the name of a new role if it is UTF-8 of 1 to kRoleNameBytesMax bytes without control
// characters, so that a token can carry it. Otherwise the error is invalid_input.
Result<Text> new_role_name(std::string_view typed);

// What the operator has configured about roles.
struct RolePolicy {
    std::string default_role;    // every user has it; empty: none
    std::string anonymous_role;  // the webhook's answer without credentials; empty: none
    bool allow_admin = false;    // whether a token may contain the role `admin`
};

// The current roles of one user: sorted bytewise, without duplicates, never empty.
struct RoleSet {
    std::vector<std::string> names;
    std::string default_role;  // one of names
    // Roles that the tables have but that were left out, kept for a warning: empty names, names
    // with control characters, and is_admin() if it is not allowed.
    std::vector<std::string> refused;

    bool contains(std::string_view name) const;
};

// Returns the roles of `account` under `policy`: those of the tables and the default role, without
// those that are refused. The error is no_role if none is left. The default is the user's own
// default_role if it is among them, otherwise the policy's, otherwise the first.
Result<RoleSet> effective_roles(const Account& account, const RolePolicy& policy);

}  // namespace signet
