#include "cli/user.hpp"

#include "base/system.hpp"
#include "cli/output.hpp"
#include "cli/password.hpp"

#include <algorithm>
#include <ostream>
#include <utility>
#include <vector>

namespace signet::cli {
namespace {

// Returns the username, or else the e-mail address, or else the id.
std::string name_of(const Account& account) {
    return account.username ? *account.username : account.email.value_or(account.id.str());
}

std::string shown_with_id(const Account& account) {
    return shown(name_of(account)) + " (" + account.id.str() + ')';
}

int report(const AdminCommand& command, const Result<Account>& account, std::string_view done) {
    if (!account) {
        return fail(command.io, account.error());
    }
    command.io.out << done << ' ' << shown_with_id(*account) << '\n';
    return kExitOk;
}

Result<config::SecretText> ask_password(const CommandIo& io) {
    PasswordRead read = read_new_password(io.password_fd, io.err);
    if (!read.password) {
        return Error::field("/password", "required", std::string(read.fault) + '.');
    }
    return *std::move(read.password);
}

// Returns the roles that a token would carry now. The set is empty if the user would get no token.
RoleSet roles_of(const Account& account, const RolePolicy& policy) {
    auto roles = effective_roles(account, policy);
    return roles ? *std::move(roles) : RoleSet{};
}

void write_members(JsonWriter& json, const Account& account, const RolePolicy& policy) {
    const RoleSet roles = roles_of(account, policy);
    json.member("id", account.id.str())
        .member("username", account.username)
        .member("email", account.email)
        .member("active", account.active)
        .member("defaultRole",
                roles.names.empty() ? std::nullopt : std::optional(roles.default_role))
        .member("roles", roles.names)
        .member("createdAt", rfc3339(account.created_at_s))
        .member("lastLoginAt", time_text(account.last_login_at_s));
}

// Prints what write_account() does, and in `changed` whether the command changed it.
int print_change(const AdminCommand& command, const Account& account, bool changed) {
    JsonWriter json;
    json.begin_object();
    write_members(json, account, command.policy);
    json.member("changed", changed).end_object();
    print_json(command.io.out, std::move(json));
    command.io.out << '\n';
    return kExitOk;
}

void write_account(JsonWriter& json, const Account& account, const RolePolicy& policy) {
    json.begin_object();
    write_members(json, account, policy);
    json.end_object();
}

std::vector<std::string_view> account_head() {
    return {"ID", "USERNAME", "EMAIL", "ACTIVE", "DEFAULT ROLE", "ROLES", "CREATED", "LAST LOGIN"};
}

std::vector<std::string> account_cells(const Account& account, const RolePolicy& policy) {
    const RoleSet roles = roles_of(account, policy);
    std::string names;
    for (const std::string& role : roles.names) {
        names += (names.empty() ? "" : ",") + shown(role);
    }
    return {account.id.str(),
            shown(account.username.value_or("-")),
            shown(account.email.value_or("-")),
            account.active ? "yes" : "no",
            roles.names.empty() ? "-" : shown(roles.default_role),
            names.empty() ? "-" : names,
            rfc3339(account.created_at_s),
            time_text(account.last_login_at_s).value_or("-")};
}

void write_session(JsonWriter& json, const SessionInfo& session) {
    json.begin_object()
        .member("id", session.id.str())
        .member("device", session.client.device)
        .member("address", session.client.address)
        .member("createdAt", rfc3339(session.created_at_s))
        .member("lastUsedAt", rfc3339(session.last_used_at_s))
        .member("expiresAt", rfc3339(session.expires_at_s))
        .end_object();
}

// Writes what write_account() does, with a member `sessions`.
void write_user(JsonWriter& json, const UserSessions& user, const RolePolicy& policy) {
    json.begin_object();
    write_members(json, user.account, policy);
    json.key("sessions").begin_array();
    for (const SessionInfo& session : user.sessions) {
        write_session(json, session);
    }
    json.end_array().end_object();
}

void print_sessions(const CommandIo& io, const std::vector<SessionInfo>& sessions) {
    if (sessions.empty()) {
        io.out << "no sessions\n";
        return;
    }
    std::vector<std::vector<std::string>> rows;
    rows.reserve(sessions.size());
    for (const SessionInfo& session : sessions) {
        rows.push_back({session.id.str(), shown(session.client.device),
                        session.client.address.value_or("-"), rfc3339(session.created_at_s),
                        rfc3339(session.last_used_at_s), rfc3339(session.expires_at_s)});
    }
    print_table(io, {"SESSION", "DEVICE", "ADDRESS", "CREATED", "LAST USED", "EXPIRES"}, rows);
}

int tell_of_more(const CommandIo& io, bool more, std::string_view what, std::size_t limit) {
    if (more) {
        io.err << "signet: there are more " << what << "; these are " << limit
               << ". --limit shows more of them, and --search looks for some\n";
    }
    return kExitOk;
}

std::string quoted_list(const std::vector<std::string>& names) {
    std::string out = names.size() == 1 ? "role " : "roles ";
    for (std::size_t i = 0; i < names.size(); ++i) {
        out += (i == 0 ? "" : ", ") + shown(names[i]);
    }
    return out;
}

// The words for a grant or for a revocation.
struct RolesWords {
    std::string_view done;     // "granted", before the roles
    std::string_view towards;  // "to", before the user
    std::string_view already;  // "already has", before the roles
};

int report_roles(const AdminCommand& command, const Result<RolesChange>& change,
                 const RolesWords& words) {
    if (!change) {
        return fail(command.io, change.error());
    }
    if (command.json) {
        return print_change(command, change->account, !change->changed.empty());
    }
    const std::string who = shown_with_id(change->account);
    if (!change->changed.empty()) {
        command.io.out << words.done << ' ' << quoted_list(change->changed) << ' ' << words.towards
                       << ' ' << who << '\n';
    }
    if (!change->unchanged.empty()) {
        command.io.out << who << ' ' << words.already << ' ' << quoted_list(change->unchanged)
                       << (change->changed.empty() ? "; nothing changed\n" : "\n");
    }
    return kExitOk;
}

// Prints the outcome of a change of a name. `what` is the name with its kind.
int report_name(const AdminCommand& command, const Result<ChangedAccount>& change,
                const std::string& what) {
    if (!change) {
        return fail(command.io, change.error());
    }
    if (command.json) {
        return print_change(command, change->account, change->changed);
    }
    const std::string id = change->account.id.str();
    command.io.out << "user " << id << (change->changed ? " now has " : " already has ") << what
                   << (change->changed ? "\n" : "; nothing changed\n");
    return kExitOk;
}

}  // namespace

int user_create(const AdminCommand& command, const std::string& name,
                const std::optional<std::string>& email) {
    const bool by_email = name.find('@') != std::string::npos;
    if (by_email && email) {
        return fail(command.io, "NAME is an e-mail address already.");
    }
    const auto names = by_email ? check_names(std::nullopt, name) : check_names(name, email);
    if (!names) {
        return fail(command.io, names.error());
    }
    const auto password = ask_password(command.io);
    if (!password) {
        return fail(command.io, password.error());
    }
    const auto account = create_user(*names, password->reveal(), command.ports, command.policy);
    if (account && command.json) {
        JsonWriter json;
        write_account(json, *account, command.policy);
        print_json(command.io.out, std::move(json));
        command.io.out << '\n';
        return kExitOk;
    }
    return report(command, account, "created");
}

int user_invite(const AdminCommand& command, const InvitationOrder& order,
                const SessionSealer& sealer, const MailPolicy& mail) {
    const auto account = invite_user(order, command.ports, sealer, command.policy, mail);
    if (account && command.json) {
        JsonWriter json;
        write_account(json, *account, command.policy);
        print_json(command.io.out, std::move(json));
        command.io.out << '\n';
        return kExitOk;
    }
    return report(command, account, "invited");
}

int user_list(const AdminCommand& command, const ListFilter& filter) {
    const auto users = list_users(filter, command.ports, command.policy);
    if (!users) {
        return fail(command.io, users.error());
    }
    print_rows(
        command.io, command.json, users->rows,
        [&](JsonWriter& json, const Account& account) {
            write_account(json, account, command.policy);
        },
        account_head(),
        [&](const Account& account) { return account_cells(account, command.policy); });
    return tell_of_more(command.io, users->more, "users", filter.limit);
}

int user_show(const AdminCommand& command, std::string_view name) {
    const auto user = list_sessions(name, command.ports);
    if (!user) {
        return fail(command.io, user.error());
    }
    if (command.json) {
        JsonWriter json;
        write_user(json, *user, command.policy);
        print_json(command.io.out, std::move(json));
        command.io.out << '\n';
        return kExitOk;
    }
    print_table(command.io, account_head(), {account_cells(user->account, command.policy)});
    command.io.out << '\n';
    print_sessions(command.io, user->sessions);
    return kExitOk;
}

int user_logout(const AdminCommand& command, std::string_view name) {
    const auto ended = end_sessions(name, command.ports);
    if (!ended) {
        return fail(command.io, ended.error());
    }
    command.io.out << "ended " << ended->count
                   << (ended->count == 1 ? " session of " : " sessions of ")
                   << shown_with_id(ended->account) << '\n';
    return kExitOk;
}

int user_set_active(const AdminCommand& command, std::string_view name, bool active) {
    const auto account = set_active(name, active, command.ports);
    if (account && account->active == active) {
        command.io.out << shown_with_id(*account) << " was already "
                       << (active ? "enabled\n" : "disabled\n");
        return kExitOk;
    }
    return report(command, account, active ? "enabled" : "disabled");
}

int user_unlock(const AdminCommand& command, std::string_view name) {
    const auto change = unlock_user(name, command.ports);
    if (!change) {
        return fail(command.io, change.error());
    }
    command.io.out << (change->changed ? "unlocked " : "no wrong password counted against ")
                   << shown_with_id(change->account) << '\n';
    return kExitOk;
}

int user_set_password(const AdminCommand& command, std::string_view name) {
    const auto account = find_user(name, command.ports.accounts);
    if (!account) {
        return fail(command.io, account.error());
    }
    const auto password = ask_password(command.io);
    if (!password) {
        return fail(command.io, password.error());
    }
    const auto changed = set_password(*account, password->reveal(), command.ports);
    return changed ? report(command, account, "set the password of")
                   : fail(command.io, changed.error());
}

int user_delete(const AdminCommand& command, std::string_view name, bool yes) {
    if (yes) {
        return report(command, delete_user(name, command.ports), "deleted");
    }
    const auto account = find_user(name, command.ports.accounts);
    if (!account) {
        return fail(command.io, account.error());
    }
    command.io.err << "signet: would delete " << shown_with_id(*account) << " for good, with "
                   << account->roles.size() << (account->roles.size() == 1 ? " role" : " roles")
                   << ". Nothing was done; add --yes to do it.\n";
    return kExitWrongUsage;
}

int user_rename(const AdminCommand& command, std::string_view name, const std::string& username) {
    const auto change = rename_user(name, username, command.ports);
    return report_name(command, change,
                       "the username " + shown(change ? *change->account.username : ""));
}

int user_set_email(const AdminCommand& command, std::string_view name,
                   const std::optional<std::string>& email) {
    const auto change = set_email(name, email, command.ports);
    const auto& address = change ? change->account.email : std::nullopt;
    return report_name(command, change,
                       address ? "the e-mail address " + shown(*address) : "no e-mail address");
}

int user_grant(const AdminCommand& command, std::string_view name,
               const std::vector<std::string>& roles) {
    return report_roles(command, grant_roles(name, roles, command.ports, command.policy),
                        {"granted", "to", "already has"});
}

int user_revoke(const AdminCommand& command, std::string_view name,
                const std::vector<std::string>& roles) {
    const int code = report_roles(command, revoke_roles(name, roles, command.ports),
                                  {"revoked", "from", "does not have"});
    const std::string& everybodys = command.policy.default_role;
    if (code == kExitOk && std::ranges::find(roles, everybodys) != roles.end()) {
        command.io.err << "signet: " << shown(everybodys)
                       << " is AUTH_DEFAULT_ROLE, which everybody has all the same\n";
    }
    return code;
}

int role_create(const AdminCommand& command, std::string_view name) {
    if (const auto created = create_role(name, command.ports.roles, command.policy); !created) {
        return fail(command.io, created.error());
    }
    command.io.out << "created " << shown(name) << '\n';
    return kExitOk;
}

int role_list(const AdminCommand& command, const ListFilter& filter) {
    const auto roles = list_roles(filter, command.ports.roles);
    if (!roles) {
        return fail(command.io, roles.error());
    }
    print_rows(
        command.io, command.json, roles->rows,
        [](JsonWriter& json, const RoleRow& row) {
            json.begin_object().member("name", row.name).member("users", row.users).end_object();
        },
        {"NAME", "USERS"},
        [](const RoleRow& row) { return std::vector{shown(row.name), std::to_string(row.users)}; });
    return tell_of_more(command.io, roles->more, "roles", filter.limit);
}

int role_delete(const AdminCommand& command, std::string_view name) {
    if (const auto deleted = delete_role(name, command.ports.roles); !deleted) {
        return fail(command.io, deleted.error());
    }
    command.io.out << "deleted " << shown(name) << '\n';
    return kExitOk;
}

namespace {

// A claim, and where it comes from.
struct ClaimRow {
    std::string name;
    std::string value;
    std::string from;
};

std::string_view kind_of(CustomClaim::From from) {
    switch (from) {
        case CustomClaim::From::text:
            return "text";
        case CustomClaim::From::number:
            return "a number";
        case CustomClaim::From::boolean:
            return "a boolean";
        case CustomClaim::From::array:
            return "an array, as an array literal";
        case CustomClaim::From::object:
            return "an object, as JSON text";
        case CustomClaim::From::null:
            break;
    }
    return "null: left out";
}

std::string origin_of_default_role(const UserClaims& user, const RolePolicy& policy) {
    if (user.account.default_role == user.roles.default_role) {
        return "default_role of the user";
    }
    return user.roles.default_role == policy.default_role ? "AUTH_DEFAULT_ROLE"
                                                          : "the first of the allowed roles";
}

std::vector<ClaimRow> claim_rows(const UserClaims& user, const AdminCommand& command) {
    std::string granted = std::to_string(user.account.roles.size()) + " by user_role";
    if (!command.policy.default_role.empty()) {
        granted += ", and AUTH_DEFAULT_ROLE";
    }
    for (const std::string& role : user.roles.refused) {
        granted += ", without " + (role.empty() ? "an empty name" : shown(role)) +
                   ", which may not stand in a token";
    }
    JsonWriter allowed;
    allowed.value(user.roles.names);
    std::vector<ClaimRow> rows{{std::string(kUserIdClaim), user.account.id.str(), "id of the user"},
                               {std::string(kAllowedRolesClaim), allowed.take(), granted},
                               {std::string(kDefaultRoleClaim), user.roles.default_role,
                                origin_of_default_role(user, command.policy)}};
    for (const CustomClaim& claim : user.custom) {
        rows.push_back(
            {claim.name, claim.value.value_or(""),
             std::string(command.claims_function) + ": " + std::string(kind_of(claim.from))});
    }
    return rows;
}

}  // namespace

int user_claims(const AdminCommand& command, std::string_view name) {
    const auto user = claims_of(name, command.ports, command.policy);
    if (!user) {
        return fail(command.io, user.error());
    }
    if (!user->account.active) {
        return fail(command.io,
                    "the user is inactive, so it gets neither a token nor an answer of "
                    "the webhook");
    }
    print_rows(
        command.io, command.json, claim_rows(*user, command),
        [](JsonWriter& json, const ClaimRow& row) {
            json.begin_object()
                .member("name", row.name)
                .member("value", row.value)
                .member("from", row.from)
                .end_object();
        },
        {"CLAIM", "VALUE", "FROM"},
        [](const ClaimRow& row) { return std::vector{row.name, shown(row.value), row.from}; });
    return kExitOk;
}

}  // namespace signet::cli
