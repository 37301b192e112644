#include <signet/domain/role.hpp>

#include <algorithm>
#include <utility>

namespace signet {
namespace {

bool fit_for_a_token(const std::string& name, const RolePolicy& policy) {
    const bool refused_admin = is_admin(name) && !policy.allow_admin;
    return !name.empty() && !has_control_character(name) && !refused_admin;
}

}  // namespace

// Hasura compares role names byte for byte, so no other case of the letters has all rights.
bool is_admin(std::string_view role) {
    return trim_white_space(role) == kAdminRole;
}

Result<Text> new_role_name(std::string_view typed) {
    auto name = Text::from(typed);
    if (!name || typed.empty() || typed.size() > kRoleNameBytesMax ||
        has_control_character(typed)) {
        return Error::field("/role", "invalid-role",
                            "A role name has 1 to 255 bytes of UTF-8 without control characters.");
    }
    return *std::move(name);
}

bool RoleSet::contains(std::string_view name) const {
    return std::ranges::find(names, name) != names.end();
}

Result<RoleSet> effective_roles(const Account& account, const RolePolicy& policy) {
    std::vector<std::string> candidates = account.roles;
    if (!policy.default_role.empty())
        candidates.push_back(policy.default_role);
    std::ranges::sort(candidates);
    const auto repeated = std::ranges::unique(candidates);
    candidates.erase(repeated.begin(), repeated.end());

    RoleSet roles;
    for (auto& name : candidates) {
        if (fit_for_a_token(name, policy))
            roles.names.push_back(std::move(name));
        else
            roles.refused.push_back(std::move(name));
    }
    if (roles.names.empty())
        return Error(Errc::no_role, roles.refused.empty() ? "no row of user_role, no default role"
                                                          : "its roles may not stand in a token");

    if (account.default_role && roles.contains(*account.default_role))
        roles.default_role = *account.default_role;
    else if (roles.contains(policy.default_role))
        roles.default_role = policy.default_role;
    else
        roles.default_role = roles.names.front();
    return roles;
}

}  // namespace signet
