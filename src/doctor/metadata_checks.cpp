#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "doctor/diagnosis.hpp"

#include <signet/domain/role.hpp>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <string_view>
#include <utility>

namespace json = boost::json;

namespace signet::doctor {
namespace {

constexpr std::string_view kPublic = "public";  // where a table is that is named without a schema
constexpr std::string_view kSecretSchema = "signet";
constexpr std::string_view kPassword = "password";
constexpr std::string_view kUserView = "user_without_password";
constexpr std::string_view kSecretHeader = "x-action-secret";
// The paths of Signet's actions that are for somebody without a token.
constexpr std::array<std::string_view, 3> kSigningIn{"/actions/signup", "/actions/login",
                                                     "/actions/refresh"};
constexpr std::array<std::string_view, 2> kSignedIn{"/actions/logout", "/actions/me"};

// Metadata is what anybody wrote, so that nothing is taken for granted about its form.
const json::value& member(const json::value& value, std::string_view name) {
    static const json::value none;
    const auto* const object = value.if_object();
    const json::value* const found = object == nullptr ? nullptr : object->if_contains(name);
    return found == nullptr ? none : *found;
}

const json::array& list(const json::value& value, std::string_view name) {
    static const json::array none;
    const auto* const found = member(value, name).if_array();
    return found == nullptr ? none : *found;
}

std::string text(const json::value& value, std::string_view name) {
    const auto* const found = member(value, name).if_string();
    return found == nullptr ? std::string() : std::string(*found);
}

struct Table {
    std::string schema;
    std::string name;
    const json::value& entry;

    std::string shown() const { return "table " + quoted(schema + '.' + name); }
};

// The tracked tables of databases of PostgreSQL.
std::vector<Table> tables_of(const json::value& metadata) {
    std::vector<Table> out;
    for (const json::value& source : list(metadata, "sources")) {
        const std::string kind = text(source, "kind");
        if (kind != "postgres" && kind != "pg" && kind != "citus" && kind != "cockroach" &&
            !kind.empty()) {
            continue;
        }
        for (const json::value& entry : list(source, "tables")) {
            const json::value& table = member(entry, "table");
            if (const auto* const name = table.if_string()) {
                out.push_back({std::string(kPublic), std::string(*name), entry});
            } else {
                const std::string schema = text(table, "schema");
                out.push_back(
                    {schema.empty() ? std::string(kPublic) : schema, text(table, "name"), entry});
            }
        }
    }
    return out;
}

using OnPermission =
    std::function<void(std::string_view kind, const std::string& role, const json::value&)>;

void each_permission(const json::value& table, const OnPermission& body) {
    for (const std::string_view kind : {"select", "insert", "update", "delete"}) {
        for (const json::value& entry : list(table, std::string(kind) + "_permissions")) {
            body(kind, text(entry, "role"), member(entry, "permission"));
        }
    }
}

bool allows(const json::value& permission, std::string_view column) {
    const json::value& columns = member(permission, "columns");
    if (const auto* const all = columns.if_string()) {
        return *all == "*";
    }
    const auto* const names = columns.if_array();
    return names != nullptr && std::ranges::any_of(*names, [&](const json::value& name) {
               return name.is_string() && (name.get_string() == column || name.get_string() == "*");
           });
}

// Whether the permission is for all rows.
bool is_open(const json::value& permission) {
    const json::value& filter = member(permission, "filter");
    return filter.is_null() || (filter.is_object() && filter.get_object().empty());
}

void check_user_permission(const Table& table, std::string_view kind, const std::string& role,
                           const json::value& permission, Findings& out) {
    const std::string who = "role " + quoted(role) + ": its " + std::string(kind) + " permission ";
    const bool has_password = table.name != kUserView;
    if (has_password && allows(permission, kPassword)) {
        const bool read = kind == "select";
        out.add(read ? "password-readable" : "password-writable", table.shown(),
                who + (allows(permission, "*") ? "has all columns ('*')" : "has password"));
    }
    if (kind == "select" && is_open(permission)) {
        out.add("user-rows-open", table.shown(), who + "has no filter");
    }
    if (kind == "insert" || kind == "update") {
        for (const std::string_view column : {"active", "default_role"}) {
            if (allows(permission, column)) {
                out.add("roles-writable", table.shown(), who + "has " + std::string(column));
                break;
            }
        }
    }
}

void check_table(const Table& table, const Facts& facts, Findings& out) {
    if (table.schema == kSecretSchema) {
        return out.add("secret-table-tracked", table.shown(), "is tracked");
    }
    if (table.schema != facts.loaded.config.store.schema) {
        return;
    }
    if (table.name == "user") {
        out.add("user-table-tracked", table.shown(), "is tracked");
    }
    each_permission(table.entry, [&](std::string_view kind, const std::string& role,
                                     const json::value& permission) {
        if (is_admin(role)) {
            return;
        }
        if (table.name == "user" || table.name == kUserView) {
            check_user_permission(table, kind, role, permission, out);
        } else if (table.name == "user_role" || table.name == "role") {
            const std::string who =
                "role " + quoted(role) + ": its " + std::string(kind) + " permission ";
            if (kind != "select") {
                out.add("roles-writable", table.shown(), who + "changes who has which role");
            } else if (table.name == "user_role" && is_open(permission)) {
                out.add("user-rows-open", table.shown(), who + "has no filter");
            }
        }
    });
}

// The roles that have a permission of any kind, by themselves.
std::set<std::string> roles_with_permissions(const json::value& metadata) {
    std::set<std::string> out;
    const auto take = [&](const json::value& entry) {
        for (const json::value& permission : list(entry, "permissions")) {
            out.insert(text(permission, "role"));
        }
    };
    for (const json::value& source : list(metadata, "sources")) {
        for (const json::value& table : list(source, "tables")) {
            each_permission(table, [&](std::string_view, const std::string& role,
                                       const json::value&) { out.insert(role); });
        }
        for (const std::string_view kind :
             {"functions", "logical_models", "native_queries", "stored_procedures"}) {
            for (const json::value& entry : list(source, kind)) {
                take(entry);
                for (const json::value& permission : list(entry, "select_permissions")) {
                    out.insert(text(permission, "role"));
                }
            }
        }
    }
    for (const std::string_view kind : {"actions", "remote_schemas"}) {
        for (const json::value& entry : list(metadata, kind)) {
            take(entry);
        }
    }
    out.erase("");
    out.erase(std::string(kAdminRole));
    return out;
}

void check_roles(const json::value& metadata, const Facts& facts, Findings& out) {
    std::set<std::string> permitted = roles_with_permissions(metadata);
    const json::array& inherited = list(metadata, "inherited_roles");
    // A role that is inherited may inherit in turn, whatever the order.
    for (const json::value& entry : inherited) {
        permitted.insert(text(entry, "role_name"));
    }
    for (const json::value& entry : inherited) {
        for (const json::value& parent : list(entry, "role_set")) {
            const std::string name = parent.is_string() ? std::string(parent.get_string()) : "";
            if (!permitted.contains(name)) {
                out.add("inherited-role", "role " + quoted(text(entry, "role_name")),
                        "is made of " + quoted(name) + ", which has no permission");
            }
        }
    }
    const std::string without_token = role_without_token(facts);
    if (!without_token.empty() && !is_admin(without_token) && !permitted.contains(without_token)) {
        out.add("unauthorized-role-unknown", "role " + quoted(without_token),
                "is that of clients without a token, and has no permission in the metadata");
    }
    if (!facts.database.roles) {
        return;
    }
    const RolePolicy& policy = facts.loaded.config.roles;
    std::set<std::string> rows{policy.default_role};
    for (const RoleRow& row : *facts.database.roles) {
        rows.insert(row.name);
    }
    for (const std::string& role : permitted) {
        const bool of_others =
            role == without_token || role == policy.anonymous_role || role == kHasurasAnonymous;
        // What a role is made of needs no row: users have the inherited role.
        const bool is_parent = std::ranges::any_of(inherited, [&](const json::value& entry) {
            return std::ranges::any_of(list(entry, "role_set"), [&](const json::value& parent) {
                return parent.is_string() && parent.get_string() == std::string_view(role);
            });
        });
        if (!rows.contains(role) && !of_others && !is_parent) {
            out.add("role-without-row", "role " + quoted(role),
                    "has permissions in the metadata, but no row in `role`");
        }
    }
    for (const std::string& row : rows) {
        if (!row.empty() && !is_admin(row) && !permitted.contains(row)) {
            out.add("role-without-permission", "role " + quoted(row),
                    row == policy.default_role
                        ? "is AUTH_DEFAULT_ROLE, which every user has, but the metadata has no "
                          "permission for it"
                        : "has a row in `role`, but no permission in the metadata");
        }
    }
}

// The header with the action secret, or null.
const json::value& secret_header(const json::value& definition) {
    static const json::value none;
    const json::array& headers = list(definition, "headers");
    const auto* const found = std::ranges::find_if(headers, [](const json::value& header) {
        return equal_ignoring_case(text(header, "name"), kSecretHeader);
    });
    return found == headers.end() ? none : *found;
}

bool ends_with_any(std::string_view url, const auto& paths) {
    url = url.substr(0, url.find('?'));
    return std::ranges::any_of(paths, [&](std::string_view path) { return url.ends_with(path); });
}

// Where Signet is for Hasura: the beginning of jwk_url, and the issuer.
bool leads_to_signet(std::string_view url, const Facts& facts) {
    const std::string jwks = jwk_url(facts);
    const std::string origin = jwks.substr(0, jwks.find('/', jwks.find("//") + 2));
    return (url.starts_with(origin + '/') ||
            url.starts_with(facts.loaded.config.tokens.issuer + '/')) &&
           url.substr(0, url.find('?')).ends_with("/graphql");
}

void check_secret_header(const std::string& subject, const json::value& definition,
                         const Facts& facts, Findings& out) {
    const config::SecretText& secret = facts.loaded.config.action_secret;
    if (secret.empty() && !facts.loaded.has_error("AUTH_ACTION_SECRET")) {
        out.add("action-secret-missing", subject,
                "calls Signet, but AUTH_ACTION_SECRET is not set");
    }
    const json::value& header = secret_header(definition);
    if (header.is_null()) {
        return out.add("action-secret-header", subject, "sends no header X-Action-Secret");
    }
    const std::string variable = text(header, "value_from_env");
    std::string sent = text(header, "value");
    if (!sent.empty() && sent.find("{{") == std::string::npos) {
        out.add("action-secret-literal", subject, "has the secret itself as `value`");
    } else if (const auto found = facts.header_values.find(variable);
               found != facts.header_values.end()) {
        sent = found->second;
    } else {
        return;  // what Hasura sends is not known here
    }
    if (!secret.empty() && sent != secret.reveal()) {
        out.add("action-secret-differs", subject,
                variable.empty() ? "has another secret than AUTH_ACTION_SECRET"
                                 : variable + " is not AUTH_ACTION_SECRET");
    }
}

void check_actions(const json::value& metadata, const Facts& facts, Findings& out) {
    for (const json::value& action : list(metadata, "actions")) {
        const json::value& definition = member(action, "definition");
        const std::string name = text(action, "name");
        const std::string handler = text(definition, "handler");
        const bool signs_in = ends_with_any(handler, kSigningIn);
        if (!signs_in && !ends_with_any(handler, kSignedIn) &&
            secret_header(definition).is_null()) {
            continue;
        }
        const std::string subject = "action " + quoted(name);
        check_secret_header(subject, definition, facts, out);
        const json::value& forwards = member(definition, "forward_client_headers");
        if (forwards.is_bool() && forwards.get_bool() &&
            to_lower(hasura_setting(facts, "HASURA_GRAPHQL_CONFIGURED_HEADER_PRECEDENCE")) !=
                "true") {
            out.add("action-header-precedence", subject, "has forward_client_headers: true");
        }
        const std::string without_token = role_without_token(facts);
        const json::array& permissions = list(action, "permissions");
        if (signs_in && std::ranges::none_of(permissions, [&](const json::value& permission) {
                return !without_token.empty() && text(permission, "role") == without_token;
            })) {
            out.add("action-without-permission", subject,
                    without_token.empty()
                        ? "cannot be called without a token, because no role is configured for that"
                        : "has no permission for " + quoted(without_token));
        }
    }
    for (const json::value& remote : list(metadata, "remote_schemas")) {
        const json::value& definition = member(remote, "definition");
        if (!secret_header(definition).is_null() ||
            leads_to_signet(text(definition, "url"), facts)) {
            check_secret_header("remote schema " + quoted(text(remote, "name")), definition, facts,
                                out);
        }
    }
}

}  // namespace

std::vector<std::string> header_variables(const json::object& metadata) {
    std::vector<std::string> out;
    for (const std::string_view kind : {"actions", "remote_schemas"}) {
        const json::value* const entries = metadata.if_contains(kind);
        if (entries == nullptr || !entries->is_array()) {
            continue;
        }
        for (const json::value& entry : entries->get_array()) {
            for (const json::value& header : list(member(entry, "definition"), "headers")) {
                if (std::string name = text(header, "value_from_env"); !name.empty()) {
                    out.push_back(std::move(name));
                }
            }
        }
    }
    return out;
}

void check_metadata(const Facts& facts, Findings& out) {
    if (!facts.metadata_fault.empty()) {
        out.add("metadata-unreadable", "metadata", facts.metadata_fault);
    }
    if (!facts.metadata) {
        return;
    }
    const json::value metadata = *facts.metadata;
    for (const Table& table : tables_of(metadata)) {
        check_table(table, facts, out);
    }
    check_roles(metadata, facts, out);
    check_actions(metadata, facts, out);
}

}  // namespace signet::doctor
