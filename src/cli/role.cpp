#include "cli/role.hpp"

#include "cli/output.hpp"
#include "config/value.hpp"

#include <ostream>
#include <string>
#include <vector>

namespace signet::cli {

Result<Text> grantable_role(std::string_view name, const RolePolicy& policy) {
    if (!config::is_role_name(name)) {
        return Error::field("/role", "invalid-role",
                            "A role name has 1 to 255 bytes of UTF-8 without control characters.");
    }
    if (name == kAdminRole && !policy.allow_admin) {
        return Errc::admin_role_refused;
    }
    return *Text::from(name);
}

int role_create(RoleAdmin& roles, const RolePolicy& policy, std::string_view name,
                const CommandIo& io) {
    const auto text = grantable_role(name, policy);
    if (!text) {
        return fail(io, text.error());
    }
    if (const auto outcome = roles.create_role(*text); !outcome) {
        return fail(io, outcome.error());
    }
    io.out << "created " << shown(name) << '\n';
    return kExitOk;
}

int role_list(RoleAdmin& roles, bool json, const CommandIo& io) {
    const auto rows = roles.list_roles();
    if (!rows) {
        return fail(io, rows.error());
    }
    if (json) {
        std::vector<std::string> elements;
        for (const RoleRow& row : *rows) {
            elements.push_back("{\"name\":" + json_text(row.name) +
                               ",\"users\":" + std::to_string(row.users) + '}');
        }
        print_json_array(io.out, elements);
        return kExitOk;
    }
    std::vector<std::vector<std::string>> cells;
    for (const RoleRow& row : *rows) {
        cells.push_back({shown(row.name), std::to_string(row.users)});
    }
    print_table(io.out, {"NAME", "USERS"}, cells);
    return kExitOk;
}

int role_delete(RoleAdmin& roles, std::string_view name, const CommandIo& io) {
    const auto text = Text::from(name);
    if (!text) {
        return fail(io, Errc::role_not_found);
    }
    if (const auto outcome = roles.remove_role(*text); !outcome) {
        return fail(io, outcome.error());
    }
    io.out << "deleted " << shown(name) << '\n';
    return kExitOk;
}

}  // namespace signet::cli
