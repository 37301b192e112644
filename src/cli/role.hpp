#pragma once

#include "cli/commands.hpp"

#include <signet/domain/role.hpp>
#include <signet/ports/account_admin.hpp>
#include <signet/result.hpp>

#include <string_view>

namespace signet::cli {

// `signet role …`. Each gives the exit code of the process.
int role_create(RoleAdmin& roles, const RolePolicy& policy, std::string_view name,
                const CommandIo& io);
int role_list(RoleAdmin& roles, bool json, const CommandIo& io);
int role_delete(RoleAdmin& roles, std::string_view name, const CommandIo& io);

// A role name that an operator may bring into the world or give away. invalid_input where no token
// can carry it; admin_role_refused.
Result<Text> grantable_role(std::string_view name, const RolePolicy& policy);

}  // namespace signet::cli
