#include "cli/hasura_metadata.hpp"

#include "cli/metadata_folder.hpp"
#include "cli/output.hpp"

#include <signet/domain/role.hpp>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <ostream>
#include <span>
#include <utility>

namespace json = boost::json;

namespace signet::cli {
namespace {

constexpr const char* kUserIdVariable = "X-Hasura-User-Id";
// Signet's own limits end a request long before.
constexpr int kTimeoutSeconds = 30;

// --- tables --------------------------------------------------------------------------------------

class Tables {
public:
    Tables(std::string schema, const MetadataOrder& order, std::vector<std::string> roles)
        : schema_(std::move(schema)), user_(order.table), roles_(std::move(roles)) {}

    json::array all() const {
        json::object user = table(user_, kUserTable);
        user["array_relationships"] = {relationship("user_roles", "user_role", "id", "user_id")};
        see_own(user,
                {"id", "username", "email", "default_role", "metadata", "active", "created_at",
                 "updated_at", "last_login_at"},
                {{"id", own()}});
        json::object role = table("role", "role");
        role["array_relationships"] = {relationship("user_roles", "user_role", "id", "role_id")};
        see_own(role, {"id", "name"}, {{"user_roles", json::object{{"user_id", own()}}}});
        json::object user_role = table("user_role", "user_role");
        user_role["object_relationships"] = {relationship("role", "role", "role_id", "id"),
                                             relationship("user", user_, "user_id", "id")};
        see_own(user_role, {"id", "user_id", "role_id"}, {{"user_id", own()}});
        // No role sees it. Permissions of other tables ask it whether a session lives.
        return {std::move(user), std::move(role), std::move(user_role),
                table("living_session", "living_session")};
    }

private:
    json::object qualified(std::string_view name) const {
        return {{"name", name}, {"schema", schema_}};
    }

    // As Hasura names a table itself, but that the view is called like the table, and that a schema
    // whose name GraphQL does not take gets one that it does.
    json::object table(std::string_view name, std::string_view called) const {
        const auto to_graphql = [this](std::string_view what) {
            std::string out = schema_ == "public" ? "" : schema_ + '_';
            std::ranges::replace_if(
                out,
                [](char c) {
                    return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '_');
                },
                '_');
            const bool digit = !out.empty() && out.front() >= '0' && out.front() <= '9';
            return (digit ? "_" : "") + out + std::string(what);
        };
        json::object out{{"table", qualified(name)}};
        const std::string wanted = to_graphql(called);
        const std::string usual = (schema_ == "public" ? "" : schema_ + '_') + std::string(name);
        if (wanted != usual) {
            out["configuration"] = {{"custom_name", wanted}};
        }
        return out;
    }

    // By the names of the columns: it needs no foreign key, which a view does not have.
    json::object relationship(std::string_view name, std::string_view table, std::string_view from,
                              std::string_view to) const {
        const json::object columns{{from, to}};
        const json::object manual{{"column_mapping", columns}, {"remote_table", qualified(table)}};
        return {{"name", name}, {"using", json::object{{"manual_configuration", manual}}}};
    }

    static json::object own() { return {{"_eq", kUserIdVariable}}; }

    void see_own(json::object& table, const json::array& columns,
                 const json::object& filter) const {
        json::array permissions;
        for (const std::string& role : roles_) {
            permissions.push_back(json::object{
                {"role", role},
                {"permission", json::object{{"columns", columns}, {"filter", filter}}}});
        }
        if (!permissions.empty()) {
            table["select_permissions"] = std::move(permissions);
        }
    }

    std::string schema_;
    std::string user_;
    std::vector<std::string> roles_;
};

// --- actions -------------------------------------------------------------------------------------

// The form of what is sent to Hasura: columns of text with the type in GraphQL.
struct Field {
    std::string_view name;
    std::string_view type;
};

constexpr std::array kNothing = std::array<Field, 0>{};
constexpr std::array kSignup{Field{"username", "String"}, Field{"email", "String"},
                             Field{"password", "String!"}, Field{"confirmPassword", "String"},
                             Field{"metadata", "jsonb"}};
constexpr std::array kLogin{Field{"username", "String"}, Field{"email", "String"},
                            Field{"password", "String!"}};
constexpr std::array kRefresh{Field{"refreshToken", "String"}};
constexpr std::array kLogout{Field{"refreshToken", "String"}, Field{"all", "Boolean"}};
constexpr std::array kMail{Field{"email", "String!"}, Field{"redirectTo", "String"}};
constexpr std::array kTicket{Field{"ticket", "String!"}};
constexpr std::array kEmailChange{Field{"newEmail", "String!"}, Field{"currentPassword", "String!"},
                                  Field{"redirectTo", "String"}};
constexpr std::array kResetRequest{Field{"email", "String"}, Field{"username", "String"},
                                   Field{"redirectTo", "String"}};
constexpr std::array kReset{Field{"ticket", "String!"}, Field{"newPassword", "String!"}};
constexpr std::array kCode{Field{"email", "String!"}, Field{"code", "String!"}};
constexpr std::array kInvitation{Field{"ticket", "String!"}, Field{"username", "String"},
                                 Field{"password", "String!"}};

struct Action {
    std::string_view path;  // below /actions
    std::span<const Field> arguments;
    std::string_view output;
    bool by_mail = false;
    bool signed_in = false;  // only a user may call it
    bool query = false;
    bool by_token = false;  // Hasura has to pass on the token of its client
};

constexpr std::array kActions{
    Action{"signup", kSignup, "SignetSignup"},
    Action{"login", kLogin, "SignetSession"},
    Action{"refresh", kRefresh, "SignetSession"},
    Action{"logout", kLogout, "SignetDone"},
    Action{.path = "me",
           .arguments = kNothing,
           .output = "SignetUser",
           .signed_in = true,
           .query = true},
    Action{"request-email-verification", kMail, "SignetDone", true},
    Action{"verify-email", kTicket, "SignetAddress", true},
    Action{.path = "change-email",
           .arguments = kEmailChange,
           .output = "SignetDone",
           .by_mail = true,
           .signed_in = true,
           .by_token = true},
    Action{"request-password-reset", kResetRequest, "SignetDone", true},
    Action{"reset-password", kReset, "SignetDone", true},
    Action{"request-login-link", kMail, "SignetDone", true},
    Action{"request-login-code", kMail, "SignetDone", true},
    Action{"login-by-ticket", kTicket, "SignetSession", true},
    Action{"login-by-code", kCode, "SignetSession", true},
    Action{"accept-invitation", kInvitation, "SignetSession", true},
};

// A signup whose address has to be proven first has a status and nothing else.
constexpr std::array kSignupFields{
    Field{"id", "uuid"},         Field{"username", "String"},     Field{"email", "String"},
    Field{"roles", "[String!]"}, Field{"defaultRole", "String"},  Field{"token", "String"},
    Field{"expiresIn", "Int"},   Field{"refreshToken", "String"}, Field{"status", "String"}};
constexpr std::array kSessionFields{
    Field{"id", "uuid!"},         Field{"username", "String"},     Field{"email", "String"},
    Field{"roles", "[String!]!"}, Field{"defaultRole", "String!"}, Field{"token", "String!"},
    Field{"expiresIn", "Int!"},   Field{"refreshToken", "String"}};
constexpr std::array kUserFields{Field{"id", "uuid!"},
                                 Field{"username", "String"},
                                 Field{"email", "String"},
                                 Field{"emailVerified", "Boolean!"},
                                 Field{"roles", "[String!]!"},
                                 Field{"defaultRole", "String!"},
                                 Field{"active", "Boolean!"},
                                 Field{"createdAt", "timestamptz!"},
                                 Field{"lastLoginAt", "timestamptz"},
                                 Field{"metadata", "jsonb!"}};
constexpr std::array kDoneFields{Field{"ok", "Boolean!"}};
constexpr std::array kAddressFields{Field{"email", "String!"}};

struct Type {
    std::string_view name;
    std::span<const Field> fields;
};
constexpr std::array kTypes{Type{"SignetSignup", kSignupFields},
                            Type{"SignetSession", kSessionFields}, Type{"SignetUser", kUserFields},
                            Type{"SignetDone", kDoneFields}, Type{"SignetAddress", kAddressFields}};

// Makes signetVerifyEmail of verify-email.
std::string action_name(std::string_view path) {
    std::string name = "signet";
    bool capital = true;
    for (const char c : path) {
        if (c != '-') {
            name += capital ? static_cast<char>(c - 'a' + 'A') : c;
        }
        capital = c == '-';
    }
    return name;
}

json::array to_json(std::span<const Field> fields) {
    json::array out;
    for (const Field& field : fields) {
        out.push_back(json::object{{"name", field.name}, {"type", field.type}});
    }
    return out;
}

json::array secret_header() {
    return {json::object{{"name", "X-Action-Secret"}, {"value_from_env", "SIGNET_ACTION_SECRET"}}};
}

json::object to_json(const Action& action, const std::vector<std::string>& roles,
                     const config::Config& config) {
    json::object definition{{"handler", "{{SIGNET_URL}}/actions/" + std::string(action.path)}};
    if (!action.query) {
        definition["kind"] = "synchronous";
    }
    definition["type"] = action.query ? "query" : "mutation";
    // Whoever is asked who he is needs the client's cookies; otherwise session variables do, and
    // nobody needs to trust what else the client sends.
    definition["forward_client_headers"] = config.browsers.cookies || action.by_token;
    definition["headers"] = secret_header();
    definition["arguments"] = to_json(action.arguments);
    definition["output_type"] = action.output;
    json::array permissions;
    if (!action.signed_in) {
        const std::string& anonymous = config.roles.anonymous_role;
        permissions.push_back(
            json::object{{"role", anonymous.empty() ? std::string(kHasurasAnonymous) : anonymous}});
    }
    for (const std::string& role : roles) {
        permissions.push_back(json::object{{"role", role}});
    }
    return {{"name", action_name(action.path)},
            {"definition", std::move(definition)},
            {"permissions", std::move(permissions)}};
}

void add_actions(json::object& metadata, const std::vector<std::string>& roles,
                 const config::Config& config) {
    json::array actions;
    for (const Action& action : kActions) {
        if (!action.by_mail || config.mail.on()) {
            actions.push_back(to_json(action, roles, config));
        }
    }
    json::array types;
    for (const Type& type : kTypes) {
        const bool used = std::ranges::any_of(actions, [&type](const json::value& action) {
            return action.at("definition").at("output_type") == json::value(type.name);
        });
        if (used) {
            types.push_back(json::object{{"name", type.name}, {"fields", to_json(type.fields)}});
        }
    }
    metadata["actions"] = std::move(actions);
    metadata["custom_types"] = {{"objects", std::move(types)}};
}

void add_remote_schema(json::object& metadata, const config::Config& config) {
    metadata["remote_schemas"] = {json::object{
        {"name", "signet"},
        {"definition", json::object{{"url", "{{SIGNET_URL}}/graphql"},
                                    {"timeout_seconds", kTimeoutSeconds},
                                    {"forward_client_headers", config.browsers.cookies},
                                    {"headers", secret_header()}}}}};
}

// Whether clients without a token have the role. They write their session variables themselves, so
// no permission may compare anything with x-hasura-user-id for it.
bool is_signed_out(const std::string& role, const config::Config& config) {
    return role == kHasurasAnonymous || role == config.roles.anonymous_role;
}

std::vector<std::string> roles_of(const config::Config& config, const MetadataOrder& order) {
    std::vector<std::string> roles;
    const std::string& usual = config.roles.default_role;
    if (!usual.empty() && !is_signed_out(usual, config)) {
        roles.push_back(usual);
    }
    for (const std::string& role : order.roles) {
        if (std::ranges::find(roles, role) == roles.end()) {
            roles.push_back(role);
        }
    }
    return roles;
}

// --- the command ---------------------------------------------------------------------------------

void hint(const config::Config& config, const MetadataOrder& order, const CommandIo& io) {
    if (config.action_secret.empty()) {
        io.err << "signet: AUTH_ACTION_SECRET is not set, so Signet answers neither Actions nor a "
                  "remote schema, and the metadata has none\n";
    }
    if (roles_of(config, order).empty()) {
        io.err
            << "signet: AUTH_DEFAULT_ROLE is empty or the role of clients without a token, so no "
               "role sees its rows; name some with --role\n";
    }
}

int print_changes(const std::vector<MetadataChange>& changes, bool as_json, const CommandIo& io) {
    if (as_json) {
        print_json_rows(io.out, changes, [](JsonWriter& writer, const MetadataChange& change) {
            writer.begin_object()
                .member("action", change.before ? "change" : "add")
                .member("file", change.file)
                .member("where", change.where)
                .member("before", change.before)
                .member("after", change.after)
                .end_object();
        });
    } else {
        for (const MetadataChange& change : changes) {
            io.out << (change.before ? "change " : "add ") << shown(change.file) << ": "
                   << shown(change.where) << ": "
                   << (change.before ? shown(*change.before) + " -> " : "") << shown(change.after)
                   << '\n';
        }
        io.out << (changes.empty() ? "nothing to change\n" : "");
    }
    return changes.empty() ? kExitOk : kExitFailed;
}

int write_folder(MetadataFolder& folder, const std::vector<MetadataChange>& changes,
                 const CommandIo& io) {
    const auto written = folder.write();
    if (!written) {
        return fail(io, written.error());
    }
    if (changes.empty()) {
        io.out << "nothing to change in " << shown(folder.path().string()) << '\n';
    } else {
        io.out << "wrote " << *written << " files in " << shown(folder.path().string())
               << "; look at them, then: hasura metadata apply\n";
    }
    return kExitOk;
}

}  // namespace

json::object make_metadata(const config::Config& config, const MetadataOrder& order) {
    const std::vector<std::string> roles = roles_of(config, order);
    const json::object connection{
        {"database_url", json::object{{"from_env", "HASURA_GRAPHQL_DATABASE_URL"}}},
        {"isolation_level", "read-committed"},
        {"use_prepared_statements", false}};
    json::object out{{"version", 3}};
    out["sources"] = {json::object{{"name", order.source},
                                   {"kind", "postgres"},
                                   {"configuration", json::object{{"connection_info", connection}}},
                                   {"tables", Tables(config.store.schema, order, roles).all()}}};
    if (!config.action_secret.empty()) {
        add_remote_schema(out, config);
        add_actions(out, roles, config);
    }
    return out;
}

int hasura_metadata(const config::Config& config, const MetadataOrder& order, const CommandIo& io) {
    for (const std::string& role : order.roles) {
        if (!new_role_name(role) || is_admin(role) || is_signed_out(role, config)) {
            io.err << "signet: --role: expected the name of a role, and neither admin, which sees "
                      "all, nor the role of clients without a token\n";
            return kExitWrongUsage;
        }
    }
    const json::object metadata = make_metadata(config, order);
    hint(config, order, io);
    if (!order.directory && !order.difference) {
        print_json_tree(io.out, metadata);
        return kExitOk;
    }
    MetadataFolder folder(order.directory ? *order.directory : *order.difference);
    std::error_code ignored;
    if (order.difference && !std::filesystem::is_directory(folder.path(), ignored)) {
        return fail(io, shown(folder.path().string()) + " is no folder");
    }
    const auto changes = folder.merge(metadata);
    if (!changes) {
        return fail(io, shown(changes.error().log_detail));
    }
    return order.directory ? write_folder(folder, *changes, io)
                           : print_changes(*changes, order.json, io);
}

}  // namespace signet::cli
