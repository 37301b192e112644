#pragma once

#include "cli/user.hpp"

#include <signet/domain/session.hpp>
#include <signet/domain/user.hpp>
#include <signet/result.hpp>

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace signet::cli {

// What the user commands share: finding an account, and showing it.

// By id, else by username or, with an @, by e-mail address and then by username: an adopted table
// may hold names of any kind. user_not_found, and the errors of the store.
Result<Account> find_account(AccountStore& accounts, std::string_view name);

// The username, else the e-mail address, else the id.
std::string name_of(const Account& account);

// {id, username, email, active, defaultRole, roles, createdAt, lastLoginAt}: the roles are those
// that a token would carry now.
std::string account_json(const Account& account, const RolePolicy& policy);
// The same with a member `sessions`: an array of {id, device, address, createdAt, lastUsedAt,
// expiresAt}.
std::string account_json(const Account& account, const RolePolicy& policy,
                         const std::vector<SessionInfo>& sessions);
// As a table, or a line that says that there are none.
void print_sessions(std::ostream& out, const std::vector<SessionInfo>& sessions);

// The same as cells of a table under account_head().
std::vector<std::string> account_cells(const Account& account, const RolePolicy& policy);
const std::vector<std::string_view>& account_head();

}  // namespace signet::cli
