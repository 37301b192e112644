#pragma once

#include "cli/commands.hpp"
#include "server/adapters.hpp"

#include <signet/domain/role.hpp>
#include <signet/domain/session.hpp>
#include <signet/domain/user.hpp>
#include <signet/result.hpp>

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::cli {

// `signet user …`. A user is named by id, username or e-mail address, in this order of looking;
// an e-mail address is what has an @. Each gives the exit code of the process.

struct UserCommand {
    const server::AdminPorts& ports;
    const RolePolicy& policy;
    const CommandIo& io;
    bool json = false;
    std::string_view claims_function = {};  // AUTH_CLAIMS_FUNCTION
};

// NAME with an @ is an e-mail address, for an account without a username.
int user_create(const UserCommand& command, std::string_view name,
                const std::optional<std::string>& email);
int user_list(const UserCommand& command);
// With its sessions.
int user_show(const UserCommand& command, std::string_view name);
// What the user would get in a token and from the webhook now, and where each part comes from; or
// why not.
int user_claims(const UserCommand& command, std::string_view name);
// Ends all sessions.
int user_logout(const UserCommand& command, std::string_view name);
int user_set_active(const UserCommand& command, std::string_view name, bool active);
int user_enable(const UserCommand& command, std::string_view name);
int user_disable(const UserCommand& command, std::string_view name);
int user_set_password(const UserCommand& command, std::string_view name);
// Without `yes` says what it would do, and that is wrong usage.
int user_delete(const UserCommand& command, std::string_view name, bool yes);
int user_grant(const UserCommand& command, std::string_view name, std::string_view role);
int user_revoke(const UserCommand& command, std::string_view name, std::string_view role);

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
