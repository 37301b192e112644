#include "cli/user.hpp"

#include "base/system.hpp"
#include "base/timestamp.hpp"
#include "cli/output.hpp"
#include "cli/password.hpp"
#include "cli/role.hpp"

#include <signet/service/custom_claims.hpp>

#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace signet::cli {
namespace {

// Finds the account, and has `change` do its work on it.
template <class Change>
int on_account(const UserCommand& command, std::string_view name, Change change) {
    const auto account = find_account(command.ports.accounts, name);
    return account ? change(*account) : fail(command.io, account.error());
}

int report(const UserCommand& command, const Result<void>& outcome, std::string_view done,
           const Account& account) {
    if (!outcome) {
        return fail(command.io, outcome.error());
    }
    command.io.out << done << ' ' << shown(name_of(account)) << " (" << account.id.str() << ")\n";
    return kExitOk;
}

// The hash of a new password that was read and found good enough.
Result<Text> new_password_hash(const UserCommand& command, std::vector<std::string> own_words) {
    const PasswordRead read = read_new_password(command.io.password_fd, command.io.err);
    if (!read.password) {
        return Error::field("/password", "required", std::string(read.fault) + '.');
    }
    const std::string& password = read.password->reveal();
    if (auto objection = command.ports.judge.judge("/password", password, own_words)) {
        Error error{Errc::invalid_input};
        error.fields.push_back(*std::move(objection));
        return error;
    }
    return command.ports.hasher.hash(password);
}

std::vector<std::string> words_of(const std::optional<std::string>& username,
                                  const std::optional<std::string>& email) {
    std::vector<std::string> words;
    for (const auto& word : {username, email}) {
        if (word) {
            words.push_back(*word);
        }
    }
    return words;
}

struct NewNames {
    std::optional<Text> username;
    std::optional<Text> email;
};

Result<NewNames> read_names(std::string_view name, const std::optional<std::string>& email) {
    NewNames names;
    const bool by_email = name.find('@') != std::string_view::npos;
    if (by_email && email) {
        return Error::field("/email", "given-twice", "NAME is an e-mail address already.");
    }
    if (!by_email) {
        auto username = new_username(name);
        if (!username) {
            return username.error();
        }
        names.username = *std::move(username);
    }
    if (by_email || email) {
        auto address = new_email(by_email ? name : std::string_view(*email));
        if (!address) {
            return address.error();
        }
        names.email = *std::move(address);
    }
    return names;
}

std::optional<std::string> to_string(const std::optional<Text>& text) {
    return text ? std::optional(text->str()) : std::nullopt;
}

Result<Account> create(const UserCommand& command, const NewNames& names) {
    const RolePolicy& policy = command.policy;
    const auto role = Text::from(policy.default_role);
    auto hash =
        new_password_hash(command, words_of(to_string(names.username), to_string(names.email)));
    if (!hash) {
        return hash.error();
    }
    const auto id = UserId::parse(random_uuid(command.ports.random));
    return command.ports.admin.add(
        {*id, names.username, names.email, *std::move(hash),
         policy.default_role.empty() ? std::nullopt : std::optional<Text>(role)});
}

}  // namespace

int user_create(const UserCommand& command, std::string_view name,
                const std::optional<std::string>& email) {
    const auto names = read_names(name, email);
    if (!names) {
        return fail(command.io, names.error());
    }
    const auto account = create(command, *names);
    if (!account) {
        return fail(command.io, account.error());
    }
    if (command.json) {
        command.io.out << account_json(*account, command.policy) << '\n';
        return kExitOk;
    }
    return report(command, {}, "created", *account);
}

int user_list(const UserCommand& command) {
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
    if (command.json) {
        std::vector<std::string> elements;
        elements.reserve(all.size());
        for (const Account& account : all) {
            elements.push_back(account_json(account, command.policy));
        }
        print_json_array(command.io.out, elements);
        return kExitOk;
    }
    std::vector<std::vector<std::string>> rows;
    rows.reserve(all.size());
    for (const Account& account : all) {
        rows.push_back(account_cells(account, command.policy));
    }
    print_table(command.io.out, account_head(), rows);
    return kExitOk;
}

int user_show(const UserCommand& command, std::string_view name) {
    return on_account(command, name, [&](const Account& account) {
        const auto sessions = command.ports.sessions.list(account.id);
        if (!sessions) {
            return fail(command.io, sessions.error());
        }
        if (command.json) {
            command.io.out << account_json(account, command.policy, *sessions) << '\n';
            return kExitOk;
        }
        print_table(command.io.out, account_head(), {account_cells(account, command.policy)});
        command.io.out << '\n';
        print_sessions(command.io.out, *sessions);
        return kExitOk;
    });
}

int user_logout(const UserCommand& command, std::string_view name) {
    return on_account(command, name, [&](const Account& account) {
        const auto ended = command.ports.admin.end_sessions(account.id);
        if (!ended) {
            return fail(command.io, ended.error());
        }
        command.io.out << "ended " << *ended << (*ended == 1 ? " session of " : " sessions of ")
                       << shown(name_of(account)) << " (" << account.id.str() << ")\n";
        return kExitOk;
    });
}

int user_set_active(const UserCommand& command, std::string_view name, bool active) {
    return on_account(command, name, [&](const Account& account) {
        return report(command, command.ports.admin.set_active(account.id, active),
                      active ? "enabled" : "disabled", account);
    });
}

int user_enable(const UserCommand& command, std::string_view name) {
    return user_set_active(command, name, true);
}

int user_disable(const UserCommand& command, std::string_view name) {
    return user_set_active(command, name, false);
}

int user_set_password(const UserCommand& command, std::string_view name) {
    return on_account(command, name, [&](const Account& account) {
        const auto hash = new_password_hash(command, words_of(account.username, account.email));
        if (!hash) {
            return fail(command.io, hash.error());
        }
        return report(command, command.ports.admin.set_password(account.id, *hash),
                      "set the password of", account);
    });
}

int user_delete(const UserCommand& command, std::string_view name, bool yes) {
    return on_account(command, name, [&](const Account& account) {
        if (!yes) {
            command.io.err << "signet: would delete " << shown(name_of(account)) << " ("
                           << account.id.str() << ") for good, with " << account.roles.size()
                           << " granted role(s). Nothing was done; add --yes to do it.\n";
            return kExitWrongUsage;
        }
        return report(command, command.ports.admin.remove(account.id), "deleted", account);
    });
}

int user_grant(const UserCommand& command, std::string_view name, std::string_view role) {
    const auto text = grantable_role(role, command.policy);
    if (!text) {
        return fail(command.io, text.error());
    }
    return on_account(command, name, [&](const Account& account) {
        return report(command, command.ports.admin.grant(account.id, *text),
                      "granted " + shown(role) + " to", account);
    });
}

int user_revoke(const UserCommand& command, std::string_view name, std::string_view role) {
    const auto text = Text::from(role);
    if (!text) {
        return fail(command.io, Errc::role_not_found);
    }
    return on_account(command, name, [&](const Account& account) {
        const int code = report(command, command.ports.admin.revoke(account.id, *text),
                                "revoked " + shown(role) + " from", account);
        if (code == kExitOk && role == command.policy.default_role) {
            command.io.err << "signet: " << shown(role)
                           << " is AUTH_DEFAULT_ROLE, which everybody has all the same\n";
        }
        return code;
    });
}

namespace {

// No roles and no default role where effective_roles finds none.
RoleSet roles_of(const Account& account, const RolePolicy& policy) {
    auto roles = effective_roles(account, policy);
    return roles ? *roles : RoleSet{};
}

Result<std::optional<Account>> find_by_name(AccountStore& accounts, const Text& name) {
    if (name.view().find('@') != std::string_view::npos) {
        auto found = accounts.find(LoginName{NameKind::email, name});
        if (!found || *found) {
            return found;
        }
    }
    return accounts.find(LoginName{NameKind::username, name});
}

}  // namespace

Result<Account> find_account(AccountStore& accounts, std::string_view name) {
    if (const auto id = UserId::parse(name)) {
        auto found = accounts.find(*id);
        if (!found) {
            return found.error();
        }
        if (*found) {
            return **std::move(found);
        }
    }
    const auto text = Text::from(name);
    if (!text) {
        return Errc::user_not_found;
    }
    auto found = find_by_name(accounts, *text);
    if (!found) {
        return found.error();
    }
    if (!*found) {
        return Errc::user_not_found;
    }
    return **std::move(found);
}

std::string name_of(const Account& account) {
    return account.username ? *account.username : account.email.value_or(account.id.str());
}

std::string account_json(const Account& account, const RolePolicy& policy) {
    const RoleSet roles = roles_of(account, policy);
    std::string out = "{\"id\":" + json_text(account.id.str());
    out += ",\"username\":" + json_text_or_null(account.username);
    out += ",\"email\":" + json_text_or_null(account.email);
    out += ",\"active\":" + std::string(account.active ? "true" : "false");
    out += ",\"defaultRole\":";
    out += roles.names.empty() ? "null" : json_text(roles.default_role);
    out += ",\"roles\":[";
    for (std::size_t i = 0; i < roles.names.size(); ++i) {
        out += (i == 0 ? "" : ",") + json_text(roles.names[i]);
    }
    out += "],\"createdAt\":" + json_time_or_null(account.created_at_s);
    out += ",\"lastLoginAt\":" + json_time_or_null(account.last_login_at_s) + '}';
    return out;
}

std::string account_json(const Account& account, const RolePolicy& policy,
                         const std::vector<SessionInfo>& sessions) {
    std::string out = account_json(account, policy);
    out.pop_back();
    out += ",\"sessions\":[";
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        const SessionInfo& session = sessions[i];
        out += i == 0 ? "{" : ",{";
        out += "\"id\":" + json_text(session.id.str());
        out += ",\"device\":" + json_text(session.client.device);
        out += ",\"address\":" + json_text_or_null(session.client.address);
        out += ",\"createdAt\":" + json_time_or_null(session.created_at_s);
        out += ",\"lastUsedAt\":" + json_time_or_null(session.last_used_at_s);
        out += ",\"expiresAt\":" + json_time_or_null(session.expires_at_s) + '}';
    }
    return out + "]}";
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

const std::vector<std::string_view>& account_head() {
    static const std::vector<std::string_view> head{
        "ID", "USERNAME", "EMAIL", "ACTIVE", "DEFAULT ROLE", "ROLES", "CREATED", "LAST LOGIN"};
    return head;
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
            account.last_login_at_s ? rfc3339(*account.last_login_at_s) : "-"};
}

namespace {

struct Line {
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

std::string array_of(const std::vector<std::string>& names) {
    std::string out = "[";
    for (const std::string& name : names) {
        out += (out.size() > 1 ? "," : "") + json_text(name);
    }
    return out + ']';
}

std::string origin_of_default(const Account& account, const RoleSet& roles,
                              const RolePolicy& policy) {
    if (account.default_role == roles.default_role) {
        return "default_role of the user";
    }
    return roles.default_role == policy.default_role ? "AUTH_DEFAULT_ROLE"
                                                     : "the first of the allowed roles";
}

std::vector<Line> lines_of(const Account& account, const RoleSet& roles, const RolePolicy& policy) {
    std::string granted = std::to_string(account.roles.size()) + " by user_role";
    if (!policy.default_role.empty()) {
        granted += ", and AUTH_DEFAULT_ROLE";
    }
    for (const std::string& role : roles.refused) {
        granted += ", without " + (role.empty() ? "an empty name" : shown(role)) +
                   ", which may not stand in a token";
    }
    return {
        {"x-hasura-user-id", account.id.str(), "id of the user"},
        {"x-hasura-allowed-roles", array_of(roles.names), granted},
        {"x-hasura-default-role", roles.default_role, origin_of_default(account, roles, policy)}};
}

void print_json(std::ostream& out, const std::vector<Line>& lines) {
    std::vector<std::string> elements;
    elements.reserve(lines.size());
    for (const Line& line : lines) {
        elements.push_back("{\"name\":" + json_text(line.name) + ",\"value\":" +
                           json_text(line.value) + ",\"from\":" + json_text(line.from) + '}');
    }
    print_json_array(out, elements);
}

}  // namespace

int user_claims(const UserCommand& command, std::string_view name) {
    const auto account = find_account(command.ports.accounts, name);
    if (!account) {
        return fail(command.io, account.error());
    }
    const auto reading = command.ports.users.read(account->id);
    if (!reading) {
        return fail(command.io, reading.error());
    }
    if (!reading->account || !reading->account->active) {
        return fail(command.io, "the user is inactive, so nobody gets a token or an answer");
    }
    const auto roles = effective_roles(*reading->account, command.policy);
    if (!roles) {
        return fail(command.io, roles.error());
    }
    const auto custom = read_custom_claims(reading->account->claims);
    if (!custom) {
        return fail(command.io, custom.error());
    }
    std::vector<Line> lines = lines_of(*reading->account, *roles, command.policy);
    for (const CustomClaim& claim : *custom) {
        lines.push_back(
            {claim.name, claim.value.value_or(""),
             std::string(command.claims_function) + ": " + std::string(kind_of(claim.from))});
    }
    if (command.json) {
        print_json(command.io.out, lines);
        return kExitOk;
    }
    std::vector<std::vector<std::string>> rows;
    rows.reserve(lines.size());
    for (const Line& line : lines) {
        rows.push_back({line.name, shown(line.value), line.from});
    }
    print_table(command.io.out, {"CLAIM", "VALUE", "FROM"}, rows);
    return kExitOk;
}

}  // namespace signet::cli
