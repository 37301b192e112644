#pragma once

#include "cli/commands.hpp"

#include <signet/service/admin.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace signet::cli {

// The commands of `signet user` and `signet role`. Each calls a use case of
// signet/service/admin.hpp, prints the outcome, and returns the exit code of the process. `name` of
// a user is its username, its e-mail address or its id.

struct AdminCommand {
    const AdminPorts& ports;
    const RolePolicy& policy;
    const CommandIo& io;
    bool json = false;
    std::string_view claims_function = {};  // AUTH_CLAIMS_FUNCTION
};

// Creates a user, whose password it asks for. If `name` has an @, it is the e-mail address of a
// user without a username, and `email` must not be given.
int user_create(const AdminCommand& command, const std::string& name,
                const std::optional<std::string>& email);
int user_list(const AdminCommand& command);
// Shows the user and its sessions.
int user_show(const AdminCommand& command, std::string_view name);
// Shows what the user would get in a token and from the webhook now, and where each part comes
// from; or why it would get nothing.
int user_claims(const AdminCommand& command, std::string_view name);
int user_logout(const AdminCommand& command, std::string_view name);
int user_set_active(const AdminCommand& command, std::string_view name, bool active);
// Asks for the password.
int user_set_password(const AdminCommand& command, std::string_view name);
// Without `yes` it only prints what it would do, and returns kExitWrongUsage.
int user_delete(const AdminCommand& command, std::string_view name, bool yes);
int user_grant(const AdminCommand& command, std::string_view name, std::string_view role);
int user_revoke(const AdminCommand& command, std::string_view name, std::string_view role);

int role_create(const AdminCommand& command, std::string_view name);
int role_list(const AdminCommand& command);
int role_delete(const AdminCommand& command, std::string_view name);

}  // namespace signet::cli
