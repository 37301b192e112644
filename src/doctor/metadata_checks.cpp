#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "config/value.hpp"
#include "doctor/diagnosis.hpp"

#include <signet/domain/role.hpp>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
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
constexpr std::string_view kSignetUrl = "{{SIGNET_URL}}";  // as `signet hasura metadata` writes it
constexpr std::string_view kActions = "/actions/";
// A test holds them against the routes.
constexpr std::array kActionPaths{
    ActionPath{"/actions/signup", true},
    ActionPath{"/actions/login", true},
    ActionPath{"/actions/refresh", true},
    ActionPath{"/actions/logout", false},
    ActionPath{"/actions/me", false},
    ActionPath{"/actions/request-email-verification", true},
    ActionPath{"/actions/verify-email", true},
    ActionPath{"/actions/change-email", false},
    ActionPath{"/actions/request-password-reset", true},
    ActionPath{"/actions/reset-password", true},
    ActionPath{"/actions/request-login-link", true},
    ActionPath{"/actions/request-login-code", true},
    ActionPath{"/actions/login-by-ticket", true},
    ActionPath{"/actions/login-by-code", true},
    ActionPath{"/actions/accept-invitation", true},
    ActionPath{"/SignUp", true},
    ActionPath{"/SignIn", true},
};
// Columns that are never null.
constexpr std::array<std::string_view, 8> kFilledColumns{
    "id", "active", "created_at", "updated_at", "user_id", "role_id", "name", "password"};

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
    bool in_ours = false;  // whether the source is Signet's database

    std::string shown() const { return "table " + quoted(schema + '.' + name); }
};

// The tables that other databases do not have, beside "user" and role, which many have.
constexpr std::array<std::string_view, 3> kOnlyOurs{"user_role", kUserView, "living_session"};

// The tracked tables of databases of PostgreSQL. The source that is called default counts as
// Signet's database, and each that tracks what only Signet's has; `sources` gets these.
std::vector<Table> tables_of(const json::value& metadata, std::string_view ours_in,
                             std::vector<const json::value*>& sources) {
    std::vector<Table> out;
    for (const json::value& source : list(metadata, "sources")) {
        const std::string kind = text(source, "kind");
        if (kind != "postgres" && kind != "pg" && kind != "citus" && kind != "cockroach" &&
            !kind.empty()) {
            continue;
        }
        const std::size_t begin = out.size();
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
        const bool ours =
            text(source, "name") == "default" ||
            std::any_of(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(),
                        [&](const Table& table) {
                            return table.schema == ours_in &&
                                   std::ranges::find(kOnlyOurs, table.name) != kOnlyOurs.end();
                        });
        for (std::size_t i = begin; i < out.size(); ++i) {
            out[i].in_ours = ours;
        }
        if (ours) {
            sources.push_back(&source);
        }
    }
    return out;
}

using OnPermission =
    std::function<void(std::string_view kind, const std::string& role, const json::value&)>;

void each_permission(const json::value& table, const OnPermission& body) {
    for (const std::string_view kind : {"select", "insert", "update", "delete"}) {
        for (const json::value& entry : list(table, std::string(kind) + "_permissions")) {
            const json::value& backend_only = member(member(entry, "permission"), "backend_only");
            // Such a permission takes the admin secret.
            if (!backend_only.is_bool() || !backend_only.get_bool()) {
                body(kind, text(entry, "role"), member(entry, "permission"));
            }
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

// Of which rows a filter is true, as far as it says so by itself.
enum class Rows : std::uint8_t { all, some, none };

Rows rows_of(const json::value& filter);

// Those of `parts` together: with `any`, where one is true, and otherwise where all are.
Rows rows_of_all(const json::array& parts, bool any) {
    const Rows decides = any ? Rows::all : Rows::none;
    Rows out = any ? Rows::none : Rows::all;
    for (const json::value& part : parts) {
        const Rows rows = rows_of(part);
        out = rows == decides || out == decides ? decides : rows == Rows::some ? Rows::some : out;
    }
    return out;
}

// Those of the conditions on a column.
Rows rows_of_column(std::string_view column, const json::value& conditions) {
    const auto* const object = conditions.if_object();
    const bool filled = std::ranges::find(kFilledColumns, column) != kFilledColumns.end();
    if (object == nullptr || !filled) {
        return Rows::some;
    }
    Rows out = Rows::all;
    for (const auto& [name, value] : *object) {
        const bool known = name == "_is_null" && value.is_bool();
        const bool others = name == "_neq" || name == "_ne" || name == "_nin";  // all but one
        if (known && value.get_bool()) {
            return Rows::none;
        }
        if (!known && !others) {
            out = Rows::some;
        }
    }
    return out;
}

Rows rows_of(const json::value& filter) {
    const auto* const object = filter.if_object();
    if (object == nullptr) {
        return filter.is_null() ? Rows::all : Rows::some;
    }
    Rows out = Rows::all;
    for (const auto& [name, value] : *object) {
        Rows rows = Rows::some;
        if (name == "_and" || name == "_or") {
            const json::array parts = value.is_array() ? value.get_array() : json::array{value};
            rows = rows_of_all(parts, name == "_or");
        } else if (name == "_not") {
            const Rows denied = rows_of(value);
            rows = denied == Rows::some ? denied : denied == Rows::all ? Rows::none : Rows::all;
        } else {
            rows = rows_of_column(name, value);
        }
        if (rows == Rows::none) {
            return rows;
        }
        out = rows == Rows::some ? rows : out;
    }
    return out;
}

// Whether the permission is for all rows.
bool is_open(const json::value& permission) {
    return rows_of(member(permission, "filter")) == Rows::all;
}

std::string say_open(const json::value& permission) {
    const json::value& filter = member(permission, "filter");
    const auto* const object = filter.if_object();
    return filter.is_null() || (object != nullptr && object->empty())
               ? "has no filter"
               : "has a filter that is true of every row, or of all but one";
}

// Whether a value is put into the column whenever a row is written.
bool presets(const json::value& permission, std::string_view column) {
    const auto* const set = member(permission, "set").if_object();
    return set != nullptr && set->contains(column);
}

// Whether a role is given what is derived from the column `password`, by its name.
bool names_password(std::string_view text) {
    return to_lower(text).find(kPassword) != std::string::npos;
}

// The role, with those that inherit from it.
std::string shown_role(const std::string& role, const json::value& metadata) {
    std::string heirs;
    for (const json::value& entry : list(metadata, "inherited_roles")) {
        const json::array& parents = list(entry, "role_set");
        if (std::ranges::find(parents, json::value(json::string(role))) != parents.end()) {
            heirs += (heirs.empty() ? ", which " : ", ") + quoted(text(entry, "role_name"));
        }
    }
    return "role " + quoted(role) + heirs + (heirs.empty() ? "" : " inherits");
}

void check_user_permission(const Table& table, std::string_view kind, const std::string& who,
                           const json::value& permission, Findings& out) {
    const bool has_password = table.name != kUserView;
    if (has_password && allows(permission, kPassword)) {
        const bool read = kind == "select";
        out.add(read ? "password-readable" : "password-writable", table.shown(),
                who + (allows(permission, "*") ? "has all columns ('*')" : "has password"));
    }
    if (has_password && kind != "select" && presets(permission, kPassword)) {
        out.add("password-writable", table.shown(), who + "sets password (`set`)");
    }
    for (const json::value& field : list(permission, "computed_fields")) {
        if (field.is_string() && names_password(field.get_string())) {
            out.add("password-readable", table.shown(),
                    who + "has the computed field " + quoted(field.get_string()));
        }
    }
    if (kind != "insert" && is_open(permission)) {
        out.add(kind == "select" ? "user-rows-open" : "user-rows-writable", table.shown(),
                who + say_open(permission));
    }
    // An insert that presets them takes them out of the client's hands; an update is the client's.
    if (kind == "insert" || kind == "update") {
        for (const std::string_view column : {"active", "default_role"}) {
            if (allows(permission, column) || (kind == "update" && presets(permission, column))) {
                out.add("roles-writable", table.shown(), who + "has " + std::string(column));
                break;
            }
        }
    }
}

void check_table(const Table& table, const json::value& metadata, const Facts& facts,
                 Findings& out) {
    if (table.schema == kSecretSchema) {
        return out.add("secret-table-tracked", table.shown(), "is tracked");
    }
    if (!table.in_ours || table.schema != facts.loaded.config.store.schema) {
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
        const std::string who =
            shown_role(role, metadata) + ": its " + std::string(kind) + " permission ";
        if (table.name == "user" || table.name == kUserView) {
            check_user_permission(table, kind, who, permission, out);
        } else if (table.name == "user_role" || table.name == "role") {
            if (kind != "select") {
                out.add("roles-writable", table.shown(), who + "changes who has which role");
            } else if (table.name == "user_role" && is_open(permission)) {
                out.add("user-rows-open", table.shown(), who + say_open(permission));
            }
        }
    });
}

// Logical models are what native queries return, and their permissions say who reads what.
void check_models(const json::value& source, Findings& out) {
    for (const json::value& model : list(source, "logical_models")) {
        const std::string name = text(model, "name");
        const json::array& queries = list(source, "native_queries");
        const auto* const query = std::ranges::find_if(queries, [&](const json::value& entry) {
            const json::value& returns = member(entry, "returns");
            const bool here = returns.is_string() ? std::string_view(returns.get_string()) == name
                                                  : text(returns, "name") == name;
            return here && names_password(text(entry, "code"));
        });
        for (const json::value& entry : list(model, "select_permissions")) {
            const std::string role = text(entry, "role");
            if (!is_admin(role) &&
                (query != queries.end() || allows(member(entry, "permission"), kPassword))) {
                out.add("password-readable", "logical model " + quoted(name),
                        "role " + quoted(role) +
                            (query != queries.end() ? " may read what the native query " +
                                                          quoted(text(*query, "root_field_name")) +
                                                          " makes of password"
                                                    : ": its select permission has password"));
            }
        }
    }
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

std::string_view without_query(std::string_view url) {
    return url.substr(0, url.find_first_of("?#"));
}

const ActionPath* find_action(std::string_view url) {
    const auto* const found = std::ranges::find_if(kActionPaths, [&](const ActionPath& action) {
        return without_query(url).ends_with(action.path);
    });
    return found == kActionPaths.end() ? nullptr : found;
}

// Where Signet is for Hasura: at the origin of jwk_url, at that of the issuer, or at SIGNET_URL.
bool leads_to_signet(std::string_view url, const Facts& facts) {
    const auto origin = config::origin_of(url);
    return url.starts_with(kSignetUrl) ||
           (origin && (origin == config::origin_of(jwk_url(facts)) ||
                       origin == config::origin_of(facts.loaded.config.tokens.issuer)));
}

// Whether it is a variable of Hasura's environment, followed by a path of Signet's actions.
bool is_action_by_variable(std::string_view url) {
    const std::size_t end = url.find("}}");
    return url.starts_with("{{") && end != std::string_view::npos &&
           url.substr(end + 2).starts_with(kActions) && find_action(url) != nullptr;
}

void check_forwarding(const std::string& subject, const json::value& definition, const Facts& facts,
                      Findings& out) {
    const json::value& forwards = member(definition, "forward_client_headers");
    const std::string domain = hasura_setting(facts, "HASURA_GRAPHQL_CORS_DOMAIN");
    const bool any_origin =
        domain.empty() ? knows_all_of_hasura(facts)
                       : (',' + std::string(domain) + ',').find(",*,") != std::string::npos;
    if (facts.loaded.config.browsers.cookies && forwards.is_bool() && forwards.get_bool() &&
        any_origin && to_lower(hasura_setting(facts, "HASURA_GRAPHQL_DISABLE_CORS")) != "true") {
        out.add("cookies-with-any-origin", subject,
                "has forward_client_headers: true, and HASURA_GRAPHQL_CORS_DOMAIN is " +
                    (domain.empty() ? "not set" : quoted(domain)));
    }
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
        const ActionPath* const action_path = find_action(handler);
        const bool to_us = leads_to_signet(handler, facts) || is_action_by_variable(handler);
        const std::string subject = "action " + quoted(name);
        if (to_us && action_path == nullptr) {
            out.add("action-unknown", subject, "has the handler " + quoted(handler));
            continue;
        }
        if (!to_us && secret_header(definition).is_null()) {
            continue;
        }
        const bool signs_in = action_path != nullptr && action_path->signs_in;
        check_forwarding(subject, definition, facts, out);
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
        const std::string url = text(definition, "url");
        if (!secret_header(definition).is_null() ||
            (leads_to_signet(url, facts) && without_query(url).ends_with("/graphql"))) {
            const std::string subject = "remote schema " + quoted(text(remote, "name"));
            check_secret_header(subject, definition, facts, out);
            check_forwarding(subject, definition, facts, out);
        }
    }
}

}  // namespace

std::span<const ActionPath> action_paths() {
    return kActionPaths;
}

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
    std::vector<const json::value*> sources;
    for (const Table& table : tables_of(metadata, facts.loaded.config.store.schema, sources)) {
        check_table(table, metadata, facts, out);
    }
    for (const json::value* const source : sources) {
        check_models(*source, out);
    }
    check_roles(metadata, facts, out);
    check_actions(metadata, facts, out);
}

}  // namespace signet::doctor
