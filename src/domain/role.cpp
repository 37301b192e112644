#include <signet/domain/role.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace signet {
namespace {

bool fit_for_a_token(const std::string& name, const RolePolicy& policy) {
    // Hasura compares role names byte for byte, so only this spelling is all-powerful.
    const bool refused_admin = name == kAdminRole && !policy.allow_admin;
    return !name.empty() && !has_control_character(name) && !refused_admin;
}

}  // namespace

bool RoleSet::contains(std::string_view name) const {
    return std::find(names.begin(), names.end(), name) != names.end();
}

Result<RoleSet> effective_roles(const Account& account, const RolePolicy& policy,
                                std::vector<std::string>* refused) {
    std::vector<std::string> names = account.roles;
    if (!policy.default_role.empty())
        names.push_back(policy.default_role);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());

    const auto unfit = std::stable_partition(names.begin(), names.end(), [&](const auto& name) {
        return fit_for_a_token(name, policy);
    });
    if (refused != nullptr)
        refused->insert(refused->end(), std::make_move_iterator(unfit),
                        std::make_move_iterator(names.end()));
    names.erase(unfit, names.end());
    if (names.empty())
        return Errc::no_role;

    RoleSet roles{std::move(names), {}};
    if (account.default_role && roles.contains(*account.default_role))
        roles.default_role = *account.default_role;
    else if (roles.contains(policy.default_role))
        roles.default_role = policy.default_role;
    else
        roles.default_role = roles.names.front();
    return roles;
}

}  // namespace signet
