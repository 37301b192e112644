#pragma once

#include "cli/commands.hpp"

#include <signet/service/admin.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
// Creates a user without a password, and has a mail sent with a link by which it is chosen. The
// link is not printed.
int user_invite(const AdminCommand& command, const InvitationOrder& order,
                const SessionSealer& sealer, const MailPolicy& mail);
// How many rows a list has unless it is told otherwise.
inline constexpr std::size_t kListRowsDefault = 100;

// Lists users, or below roles. If there are more than the limit of the filter, standard error says
// so.
int user_list(const AdminCommand& command, const ListFilter& filter);
// Shows the user and its sessions.
int user_show(const AdminCommand& command, std::string_view name);
// Shows what the user would get in a token and from the webhook now, and where each part comes
// from; or why it would get nothing.
int user_claims(const AdminCommand& command, std::string_view name);
int user_logout(const AdminCommand& command, std::string_view name);
int user_set_active(const AdminCommand& command, std::string_view name, bool active);
// Forgets wrong passwords, so that the user can try again.
int user_unlock(const AdminCommand& command, std::string_view name);
// Asks for the password.
int user_set_password(const AdminCommand& command, std::string_view name);
// Without `yes` it only prints what it would do, and returns kExitWrongUsage.
int user_delete(const AdminCommand& command, std::string_view name, bool yes);
// Each of the next four succeeds where nothing had to be changed, and says so.
int user_rename(const AdminCommand& command, std::string_view name, const std::string& username);
int user_set_email(const AdminCommand& command, std::string_view name,
                   const std::optional<std::string>& email);
int user_grant(const AdminCommand& command, std::string_view name,
               const std::vector<std::string>& roles);
int user_revoke(const AdminCommand& command, std::string_view name,
                const std::vector<std::string>& roles);

int role_create(const AdminCommand& command, std::string_view name);
int role_list(const AdminCommand& command, const ListFilter& filter);
int role_delete(const AdminCommand& command, std::string_view name);

}  // namespace signet::cli
