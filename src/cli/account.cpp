#include "cli/account.hpp"

#include "base/timestamp.hpp"
#include "cli/output.hpp"

#include <ostream>

namespace signet::cli {
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

}  // namespace signet::cli
