#pragma once

#include <signet/domain/text.hpp>
#include <signet/domain/user.hpp>
#include <signet/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace signet {

inline constexpr std::size_t kRoleNameBytesMax = 255;
inline constexpr std::string_view kAdminRole = "admin";  // Hasura gives this role everything

// The rules for a new name of a role: UTF-8 of 1 to kRoleNameBytesMax bytes without control
// characters, so that a token can carry it. invalid_input otherwise.
Result<Text> new_role_name(std::string_view typed);

// What the operator decided about roles.
struct RolePolicy {
    std::string default_role;    // everybody has it; empty: nobody does
    std::string anonymous_role;  // the webhook's answer without credentials; empty: none
    bool allow_admin = false;    // whether the role `admin` may ever stand in a token
};

// The roles of one user now: sorted bytewise, without duplicates, never empty.
struct RoleSet {
    std::vector<std::string> names;
    std::string default_role;  // one of names
    // Left out although the tables have them, for a warning: empty names, names with control
    // characters, and `admin` where it is not allowed.
    std::vector<std::string> refused;

    bool contains(std::string_view name) const;
};

// The roles of `account` under `policy`: the names of the tables and the default role, less those
// that are refused. Errc::no_role when none is left.
// The user's own default_role holds if it is among them, else the policy's, else the first.
Result<RoleSet> effective_roles(const Account& account, const RolePolicy& policy);

}  // namespace signet
