#include "cli/user.hpp"

#include "base/system.hpp"
#include "cli/output.hpp"
#include "cli/password.hpp"

#include <iterator>
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

void print_sessions(std::ostream& out, const std::vector<SessionInfo>& sessions) {
    if (sessions.empty()) {
        out << "no sessions\n";
        return;
    }
    std::vector<std::vector<std::string>> rows;
    rows.reserve(sessions.size());
    for (const SessionInfo& session : sessions) {
        rows.push_back({session.id.str(), shown(session.client.device),
                        session.client.address.value_or("-"), rfc3339(session.created_at_s),
                        rfc3339(session.last_used_at_s), rfc3339(session.expires_at_s)});
    }
    print_table(out, {"SESSION", "DEVICE", "ADDRESS", "CREATED", "LAST USED", "EXPIRES"}, rows);
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

int user_list(const AdminCommand& command) {
    std::vector<Account> all;
    std::optional<UserId> after;
    for (;;) {
        auto page = command.ports.admin.list(after, kListPageMax);
        if (!page) {
            return fail(command.io, page.error());
        }
        if (page->empty()) {
            break;
        }
        after = page->back().id;
        std::move(page->begin(), page->end(), std::back_inserter(all));
    }
    print_rows(
        command.io.out, command.json, all,
        [&](JsonWriter& json, const Account& account) {
            write_account(json, account, command.policy);
        },
        account_head(),
        [&](const Account& account) { return account_cells(account, command.policy); });
    return kExitOk;
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
    print_table(command.io.out, account_head(), {account_cells(user->account, command.policy)});
    command.io.out << '\n';
    print_sessions(command.io.out, user->sessions);
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
    return report(command, set_active(name, active, command.ports),
                  active ? "enabled" : "disabled");
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
                   << account->roles.size()
                   << " granted role(s). Nothing was done; add --yes to do it.\n";
    return kExitWrongUsage;
}

int user_grant(const AdminCommand& command, std::string_view name, std::string_view role) {
    return report(command, grant_role(name, role, command.ports, command.policy),
                  "granted " + shown(role) + " to");
}

int user_revoke(const AdminCommand& command, std::string_view name, std::string_view role) {
    const int code =
        report(command, revoke_role(name, role, command.ports), "revoked " + shown(role) + " from");
    if (code == kExitOk && role == command.policy.default_role) {
        command.io.err << "signet: " << shown(role)
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

int role_list(const AdminCommand& command) {
    const auto roles = command.ports.roles.list_roles();
    if (!roles) {
        return fail(command.io, roles.error());
    }
    print_rows(
        command.io.out, command.json, *roles,
        [](JsonWriter& json, const RoleRow& row) {
            json.begin_object().member("name", row.name).member("users", row.users).end_object();
        },
        {"NAME", "USERS"},
        [](const RoleRow& row) { return std::vector{shown(row.name), std::to_string(row.users)}; });
    return kExitOk;
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
        command.io.out, command.json, claim_rows(*user, command),
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
