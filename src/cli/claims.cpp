#include "cli/account.hpp"
#include "cli/output.hpp"
#include "cli/user.hpp"

#include <signet/service/custom_claims.hpp>

#include <ostream>
#include <string>
#include <vector>

namespace signet::cli {
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
