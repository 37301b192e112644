#pragma once

#include "cli/user.hpp"

#include <signet/service/admin.hpp>

#include <string>

namespace signet::cli {

// Prints rows of the audit, the last one at the end. If there are more than the limit of the
// question, standard error says so.
int audit_list(const AdminCommand& command, const AuditQuestion& question);

// Returns what is wrong with the name of an action, with the nearest one and all that there are,
// or an empty text.
std::string check_action(const std::string& action);

}  // namespace signet::cli
