#include "cli/hasura_metadata.hpp"

#include "base/yaml.hpp"
#include "cli/action_schema.hpp"
#include "cli/metadata_folder.hpp"
#include "cli/output.hpp"
#include "config/load.hpp"
#include "graphql/schema.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using namespace signet;
using namespace signet::cli;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

const std::string kSecret = "0123456789abcdef";

struct Printed {
    int code;
    std::string out;
    std::string err;
};

Printed run(config::Variables environment, const MetadataOrder& order = {}) {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    const config::LoadedConfig loaded = config::load_config({std::move(environment), {}}, false);
    REQUIRE_MESSAGE(loaded.usable(), config::error_text(loaded));
    const int code = hasura_metadata(loaded.config, order, {in, out, err});
    return {code, out.str(), err.str()};
}

config::Variables everything() {
    return {{"AUTH_ACTION_SECRET", kSecret},
            {"AUTH_MAIL_URL", "file:/tmp"},
            {"AUTH_MAIL_FROM", "signet@example.org"}};
}

json::value document(config::Variables environment, const MetadataOrder& order = {}) {
    return json::parse(run(std::move(environment), order).out);
}

const json::array& tables_of(const json::value& metadata) {
    return metadata.at("sources").at(0).at("tables").as_array();
}

const json::value* find_table(const json::value& metadata, std::string_view name) {
    for (const json::value& table : tables_of(metadata)) {
        if (table.at("table").at("name") == json::value(name)) {
            return &table;
        }
    }
    return nullptr;
}

// Calls `visit` with each object in the value.
void each_object(const json::value& value, const std::function<void(const json::object&)>& visit) {
    if (const auto* const object = value.if_object()) {
        visit(*object);
        for (const auto& member : *object) {
            each_object(member.value(), visit);
        }
    } else if (const auto* const array = value.if_array()) {
        for (const json::value& item : *array) {
            each_object(item, visit);
        }
    }
}

class Folder {
public:
    Folder() {
        std::string name = (fs::temp_directory_path() / "signet-metadata-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~Folder() { fs::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string path() const { return path_.string(); }

    void put(const std::string& name, const std::string& text) const {
        fs::create_directories((path_ / name).parent_path());
        std::ofstream(path_ / name) << text;
    }
    std::string get(const std::string& name) const {
        std::ifstream in(path_ / name);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    json::value yaml(const std::string& name) const {
        return std::get<json::value>(read_yaml(get(name)));
    }
    std::set<std::string> files() const {
        std::set<std::string> out;
        for (const auto& entry : fs::recursive_directory_iterator(path_)) {
            if (entry.is_regular_file()) {
                out.insert(entry.path().lexically_relative(path_).string());
            }
        }
        return out;
    }

private:
    fs::path path_;
};

MetadataOrder tracking(std::string_view table, std::vector<std::string> roles = {}) {
    MetadataOrder order;
    order.table = table;
    order.roles = std::move(roles);
    return order;
}

Printed write(const Folder& folder, config::Variables environment = everything(),
              MetadataOrder order = {}) {
    order.directory = folder.path();
    return run(std::move(environment), order);
}

Printed differ(const Folder& folder, config::Variables environment = everything(),
               MetadataOrder order = {}) {
    order.difference = folder.path();
    return run(std::move(environment), order);
}

}  // namespace

TEST_CASE("a user sees its own rows and no password, and anonymous sees no table") {
    for (const std::string_view tracked : {kUserView, kUserTable}) {
        const json::value metadata = document(everything(), tracking(tracked, {"editor"}));
        REQUIRE(find_table(metadata, tracked) != nullptr);
        CHECK(tables_of(metadata).size() == 4);
        for (const json::value& table : tables_of(metadata)) {
            for (const char* kind :
                 {"insert_permissions", "update_permissions", "delete_permissions"}) {
                CHECK_FALSE(table.as_object().contains(kind));
            }
            const auto* const permissions = table.as_object().if_contains("select_permissions");
            const bool living = table.at("table").at("name") == json::value("living_session");
            CHECK((permissions == nullptr) == living);
            if (permissions == nullptr) {
                continue;
            }
            std::vector<std::string> roles;
            for (const json::value& permission : permissions->as_array()) {
                roles.emplace_back(permission.at("role").as_string());
                const std::string filter =
                    json::serialize(permission.at("permission").at("filter"));
                CHECK(filter.find(R"({"_eq":"X-Hasura-User-Id"})") != std::string::npos);
                const json::value& columns = permission.at("permission").at("columns");
                REQUIRE(columns.is_array());
                CHECK(json::serialize(columns).find("password") == std::string::npos);
                CHECK(json::serialize(columns).find('*') == std::string::npos);
            }
            CHECK(roles == std::vector<std::string>{"user", "editor"});
        }
    }
}

TEST_CASE("a role of clients without a token sees no row, and is named once") {
    MetadataOrder order;
    order.roles = {"anonymous"};
    CHECK(run({}, order).code == kExitWrongUsage);
    order.roles = {"guest"};
    CHECK(run({{"AUTH_ANONYMOUS_ROLE", "guest"}}, order).code == kExitWrongUsage);
    config::Variables both = everything();
    both["AUTH_ANONYMOUS_ROLE"] = both["AUTH_DEFAULT_ROLE"] = "user";
    const json::value metadata = document(both);
    for (const json::value& table : tables_of(metadata)) {
        CHECK_FALSE(table.as_object().contains("select_permissions"));
    }
    for (const json::value& action : metadata.at("actions").as_array()) {
        CHECK(action.at("permissions").as_array().size() <= 1);
    }
}

TEST_CASE("relationships go both ways, and name the table that is tracked") {
    for (const std::string_view tracked : {kUserView, kUserTable}) {
        const json::value metadata = document({}, tracking(tracked));
        std::set<std::string> targets;
        for (const json::value& table : tables_of(metadata)) {
            each_object(table, [&](const json::object& object) {
                if (const auto* const target = object.if_contains("remote_table")) {
                    targets.insert(std::string(table.at("table").at("name").as_string()) + '>' +
                                   std::string(target->at("name").as_string()));
                }
            });
        }
        const std::string user(tracked);
        CHECK(targets == std::set<std::string>{user + ">user_role", "user_role>" + user,
                                               "user_role>role", "role>user_role"});
    }
}

TEST_CASE(
    "without AUTH_ACTION_SECRET there are neither actions nor a remote schema, and it says so") {
    const Printed printed = run({});
    const json::value metadata = json::parse(printed.out);
    CHECK_FALSE(metadata.as_object().contains("actions"));
    CHECK_FALSE(metadata.as_object().contains("remote_schemas"));
    CHECK(printed.err.find("AUTH_ACTION_SECRET") != std::string::npos);
    CHECK(run(everything()).err.empty());
}

TEST_CASE("the secret is named and never printed") {
    const Printed printed = run(everything());
    CHECK(printed.out.find(kSecret) == std::string::npos);
    const json::value metadata = json::parse(printed.out);
    std::size_t headers = 0;
    each_object(metadata, [&](const json::object& object) {
        if (object.contains("value_from_env")) {
            CHECK(object.at("name") == json::value("X-Action-Secret"));
            ++headers;
        }
    });
    CHECK(headers == metadata.at("actions").as_array().size() + 1);
}

TEST_CASE("whoever is signed out may call the actions that sign in, and no others") {
    const json::value metadata = document({{"AUTH_ACTION_SECRET", kSecret},
                                           {"AUTH_ANONYMOUS_ROLE", "visitor"},
                                           {"AUTH_DEFAULT_ROLE", "member"}});
    std::set<std::string> names;
    for (const json::value& action : metadata.at("actions").as_array()) {
        const std::string name(action.at("name").as_string());
        names.insert(name);
        CHECK(json::serialize(action.at("permissions")) ==
              (name == "signetMe" ? R"([{"role":"member"}])"
                                  : R"([{"role":"visitor"},{"role":"member"}])"));
        CHECK(action.at("definition").at("forward_client_headers") == json::value(false));
    }
    CHECK(names == std::set<std::string>{"signetSignup", "signetLogin", "signetRefresh",
                                         "signetLogout", "signetMe"});
}

TEST_CASE("with cookies on, Hasura passes them on") {
    auto environment = everything();
    environment["AUTH_COOKIES"] = "on";
    const json::value metadata = document(environment);
    for (const json::value& action : metadata.at("actions").as_array()) {
        CHECK(action.at("definition").at("forward_client_headers") == json::value(true));
    }
    CHECK(metadata.at("remote_schemas").at(0).at("definition").at("forward_client_headers") ==
          json::value(true));
}

TEST_CASE("every type that an action names is defined, and begins with Signet") {
    for (const auto& environment :
         {everything(), config::Variables{{"AUTH_ACTION_SECRET", kSecret}}}) {
        const json::value metadata = document(environment);
        std::set<std::string> used;
        std::set<std::string> defined;
        for (const json::value& action : metadata.at("actions").as_array()) {
            used.insert(std::string(action.at("definition").at("output_type").as_string()));
        }
        for (const json::value& type : metadata.at("custom_types").at("objects").as_array()) {
            defined.insert(std::string(type.at("name").as_string()));
            CHECK(type.at("name").as_string().starts_with("Signet"));
        }
        CHECK(used == defined);
    }
}

TEST_CASE("no prefix that the remote schema may have makes a name that is in the metadata") {
    const json::value metadata = document(everything());
    std::set<std::string> types{"query_root", "mutation_root", "subscription_root"};
    std::set<std::string> roots;
    for (const json::value& type : metadata.at("custom_types").at("objects").as_array()) {
        types.insert(std::string(type.at("name").as_string()));
    }
    for (const json::value& action : metadata.at("actions").as_array()) {
        roots.insert(std::string(action.at("name").as_string()));
    }
    for (const json::value& table : tables_of(metadata)) {
        const auto& named = table.as_object();
        types.insert(std::string(named.at("table").at("name").as_string()));
        roots.insert(std::string(named.at("table").at("name").as_string()));
        if (const auto* configuration = named.if_contains("configuration")) {
            types.insert(std::string(configuration->at("custom_name").as_string()));
            roots.insert(std::string(configuration->at("custom_name").as_string()));
        }
    }
    // Any other prefix than the beginning of a name that is taken makes no such name.
    std::set<std::string> prefixes{"", "Auth"};
    for (const auto* names : {&types, &roots}) {
        for (const std::string& name : *names) {
            for (std::size_t size = 1; size <= name.size(); ++size) {
                prefixes.insert(name.substr(0, size));
            }
        }
    }
    for (const std::string& prefix : prefixes) {
        const auto loaded = config::load_config(
            {{{"AUTH_GRAPHQL_TYPE_PREFIX", prefix}, {"AUTH_GRAPHQL_ROOT_PREFIX", prefix}}, {}},
            false);
        if (!loaded.usable()) {
            CHECK(prefix == "Signet");
            continue;
        }
        const graphql::Schema schema = graphql::make_schema(loaded.config.graphql);
        for (const graphql::Type& type : schema.types) {
            CAPTURE(type.name);
            CHECK_FALSE(types.contains(type.name));
            const bool is_root = type.name == schema.query || type.name == schema.mutation;
            for (const graphql::Field& field :
                 is_root ? type.fields : std::vector<graphql::Field>()) {
                CAPTURE(field.name);
                CHECK_FALSE(roots.contains(field.name));
            }
        }
    }
}

TEST_CASE("tables in another schema keep their names in GraphQL") {
    const json::value metadata = document({{"AUTH_DATABASE_SCHEMA", "my-app"}});
    for (const json::value& table : tables_of(metadata)) {
        CHECK(table.at("table").at("schema") == json::value("my-app"));
        CHECK(table.at("configuration").at("custom_name").as_string().starts_with("my_app_"));
    }
    CHECK(find_table(metadata, kUserView)->at("configuration").at("custom_name") ==
          json::value("my_app_user"));
    CHECK(find_table(document({}), kUserView)->at("configuration").at("custom_name") ==
          json::value("user"));
    CHECK_FALSE(find_table(document({}), "role")->as_object().contains("configuration"));
}

TEST_CASE("a new folder has the layout of Hasura's command line, and then nothing differs") {
    const Folder folder;
    CHECK(differ(folder).code == kExitFailed);
    CHECK(folder.files().empty());
    CHECK(write(folder).code == kExitOk);
    CHECK(folder.files() ==
          std::set<std::string>{"version.yaml", "actions.yaml", "actions.graphql",
                                "remote_schemas.yaml", "databases/databases.yaml",
                                "databases/default/tables/tables.yaml",
                                "databases/default/tables/public_user_without_password.yaml",
                                "databases/default/tables/public_role.yaml",
                                "databases/default/tables/public_user_role.yaml",
                                "databases/default/tables/public_living_session.yaml"});
    CHECK(folder.get("version.yaml") == "version: 3\n");
    const json::value metadata = document(everything());
    CHECK(folder.yaml("databases/default/tables/public_role.yaml") ==
          *find_table(metadata, "role"));
    CHECK(folder.yaml("databases/default/tables/tables.yaml").as_array().size() == 4);
    CHECK(folder.get("actions.graphql").find("type Mutation {\n  signetLogin(\n") !=
          std::string::npos);
    CHECK_FALSE(folder.yaml("actions.yaml")
                    .at("actions")
                    .at(0)
                    .at("definition")
                    .as_object()
                    .contains("arguments"));
    const Printed again = differ(folder);
    CHECK(again.code == kExitOk);
    CHECK(again.out == "nothing to change\n");
    CHECK(write(folder).out.find("nothing") != std::string::npos);
}

TEST_CASE(
    "what an operator has in the folder stays as it is, byte for byte where nothing is added") {
    const Folder folder;
    const std::string article = "# mine\ntable: {schema: public, name: article}\n";
    folder.put("version.yaml", "version: 3 # of the folder\n");
    folder.put("databases/databases.yaml",
               "- name: default\n  kind: postgres\n  configuration:\n    connection_info:\n"
               "      database_url: {from_env: MY_URL}\n"
               "  tables: \"!include default/tables/tables.yaml\"\n");
    folder.put("databases/default/tables/tables.yaml",
               "- \"!include public_article.yaml\"\n- \"!include public_role.yaml\"\n");
    folder.put("databases/default/tables/public_article.yaml", article);
    folder.put("databases/default/tables/public_role.yaml",
               "table:\n  schema: public\n  name: role\nconfiguration:\n  custom_name: groups\n"
               "array_relationships:\n  - name: articles\n    using:\n"
               "      foreign_key_constraint_on:\n        column: role_id\n"
               "        table: {schema: public, name: article}\n"
               "  - {name: user_roles, using: {foreign_key_constraint_on: {column: role_id, table: "
               "{schema: public, name: user_role}}}}\n"
               "select_permissions:\n  - role: editor\n    permission:\n      columns: [name]\n"
               "      filter: {}\n");
    folder.put("actions.yaml",
               "actions:\n  - name: pay\n    definition: {kind: synchronous, handler: "
               "https://pay.example}\n  - name: signetLogin\n    definition:\n"
               "      kind: synchronous\n      handler: '{{AUTH_URL}}/actions/login'\n"
               "      timeout: 5\n    permissions:\n      - role: guest\n"
               "custom_types:\n  enums: []\n  input_objects: []\n  objects:\n    - name: Paid\n"
               "  scalars: []\n");
    folder.put("actions.graphql",
               "# about money\ntype Mutation {\n  \"pays (well\"\n  pay(amount: Int! = 1): Paid\n"
               "  signetLogin(name: String): Paid @x(a: 1)\n}\n\ntype Paid { ok: Boolean }\n");
    folder.put("cron_triggers.yaml", "- name: mine\n");
    const auto before = differ(folder);
    CHECK(before.code == kExitFailed);
    CHECK(before.out.find("change actions.yaml: actions signetLogin / definition / handler: "
                          "\"{{AUTH_URL}}/actions/login\" -> \"{{SIGNET_URL}}/actions/login\"") !=
          std::string::npos);
    CHECK(before.out.find("change actions.graphql: Mutation.signetLogin: ") != std::string::npos);
    CHECK(before.out.find(
              "add databases/default/tables/public_role.yaml: select_permissions user: ") !=
          std::string::npos);
    CHECK(write(folder).code == kExitOk);
    CHECK(differ(folder).code == kExitOk);
    CHECK(folder.get("version.yaml") == "version: 3 # of the folder\n");
    CHECK(folder.get("cron_triggers.yaml") == "- name: mine\n");
    CHECK(folder.get("databases/default/tables/public_article.yaml") == article);
    CHECK(folder.get("databases/databases.yaml").find("MY_URL") != std::string::npos);
    CHECK(folder.get("databases/databases.yaml").find("HASURA_GRAPHQL") == std::string::npos);
    CHECK(folder.yaml("databases/default/tables/tables.yaml").as_array().size() == 5);
    const json::value role = folder.yaml("databases/default/tables/public_role.yaml");
    CHECK(role.at("configuration").at("custom_name") == json::value("groups"));
    CHECK(role.at("array_relationships").as_array().size() == 2);
    CHECK(role.at("array_relationships").at(1).at("using").as_object().size() == 1);
    CHECK(role.at("select_permissions").as_array().size() == 2);
    const json::value actions = folder.yaml("actions.yaml");
    CHECK(actions.at("actions").at(0).at("name") == json::value("pay"));
    CHECK(actions.at("actions").at(1).at("permissions").as_array().size() == 3);
    CHECK(actions.at("custom_types").at("objects").at(0).at("name") == json::value("Paid"));
    const std::string schema = folder.get("actions.graphql");
    CHECK(
        schema.starts_with("# about money\ntype Mutation {\n  \"pays (well\"\n"
                           "  pay(amount: Int! = 1): Paid\n  signetLogin(\n"));
    CHECK(schema.find("@x") == std::string::npos);
    CHECK(schema.find("type Paid { ok: Boolean }\n") != std::string::npos);
}

TEST_CASE("what Hasura does not take side by side is replaced, and a header is found in any case") {
    const Folder folder;
    folder.put("version.yaml", "version: 3\n");
    folder.put("remote_schemas.yaml",
               "- name: signet\n  definition:\n    url_from_env: MINE\n    headers:\n"
               "      - {name: x-action-secret, value: mine}\n      - {name: X-Mine, value: a}\n");
    CHECK(differ(folder).out.find("definition / url_from_env: \"MINE\" -> null") !=
          std::string::npos);
    CHECK(write(folder).code == kExitOk);
    const json::value schema = folder.yaml("remote_schemas.yaml").at(0).at("definition");
    CHECK_FALSE(schema.as_object().contains("url_from_env"));
    CHECK(schema.as_object().contains("url"));
    CHECK(schema.at("headers") ==
          json::parse(R"([{"name":"X-Action-Secret","value_from_env":"SIGNET_ACTION_SECRET"},
                          {"name":"X-Mine","value":"a"}])"));
    CHECK(differ(folder).code == kExitOk);
}

TEST_CASE("the columns of a relationship are replaced as a whole") {
    const Folder folder;
    CHECK(write(folder).code == kExitOk);
    const std::string file = "databases/default/tables/public_role.yaml";
    const json::value wanted = folder.yaml(file);
    json::value other = wanted;
    other.at("array_relationships")
        .at(0)
        .at("using")
        .at("manual_configuration")
        .as_object()["column_mapping"] = {{"name", "role_name"}};
    folder.put(file, write_yaml(other));
    CHECK(write(folder).code == kExitOk);
    CHECK(folder.yaml(file) == wanted);
}

TEST_CASE("the difference as JSON says what is there and what would be") {
    const Folder folder;
    write(folder);
    folder.put("databases/default/tables/public_role.yaml",
               "table: {schema: public, name: role}\nselect_permissions: [{role: user, permission: "
               "{columns: [name, id], filter: {}}}]\n");
    MetadataOrder as_json;
    as_json.json = true;
    const Printed printed = differ(folder, everything(), as_json);
    CHECK(printed.code == kExitFailed);
    const json::value changes = json::parse(printed.out);
    const auto* const filter =
        std::ranges::find_if(changes.as_array(), [](const json::value& change) {
            return change.at("where") ==
                   json::value("select_permissions user / permission / filter");
        });
    REQUIRE(filter != changes.as_array().end());
    CHECK(filter->at("action") == json::value("change"));
    CHECK(filter->at("before") == json::value("{}"));
    CHECK(printed.out.find("columns\"") == std::string::npos);  // the same ones in another order
}

TEST_CASE("a folder that cannot take the metadata is named with the reason, and stays") {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"version.yaml", "version: 2\n"},
        {"version.yaml", "version: [3\n"},
        {"actions.yaml", "- a\n"},
        {"databases/databases.yaml", "- name: default\n  tables: [{table: {name: a}}]\n"},
        {"databases/default/tables/tables.yaml", "- table: {schema: public, name: article}\n"},
    };
    for (const auto& [file, text] : cases) {
        CAPTURE(file);
        const Folder folder;
        folder.put(file, text);
        for (const Printed& printed : {differ(folder), write(folder)}) {
            CHECK(printed.code == kExitFailed);
            CHECK(printed.err.find(file) != std::string::npos);
            CHECK(printed.out.empty());
        }
        CHECK(folder.files() == std::set<std::string>{file});
        CHECK(folder.get(file) == text);
    }
    MetadataOrder missing;
    missing.difference = "/nonexistent";
    CHECK(run({}, missing).code == kExitFailed);
}

TEST_CASE("a table is found in whatever file it is tracked, and is tracked once") {
    for (const char* const table :
         {"table: {schema: public, name: role}", "table: {name: role}", "table: role"}) {
        CAPTURE(table);
        const Folder folder;
        folder.put("version.yaml", "version: 3\n");
        folder.put("databases/default/tables/tables.yaml", "- \"!include Roles.yaml\"\n");
        folder.put("databases/default/tables/Roles.yaml", std::string(table) + "\n");
        CHECK(write(folder).code == kExitOk);
        CHECK(folder.yaml("databases/default/tables/Roles.yaml")
                  .as_object()
                  .contains("select_permissions"));
        CHECK_FALSE(folder.files().contains("databases/default/tables/public_role.yaml"));
        CHECK(folder.get("databases/default/tables/tables.yaml").find("public_role") ==
              std::string::npos);
        CHECK(differ(folder).code == kExitOk);
    }
}

TEST_CASE("a table that is tracked in a file outside of the folder is not written there") {
    const Folder outside;
    outside.put("role.yaml", "table: {schema: public, name: role}\n");
    const Folder folder;
    folder.put("version.yaml", "version: 3\n");
    for (const bool by_link : {false, true}) {
        CAPTURE(by_link);
        std::string file = outside.path() + "/role.yaml";
        if (by_link) {
            fs::create_directory_symlink(outside.path(),
                                         folder.path() + "/databases/default/tables/x");
            file = "x/role.yaml";
        } else {
            file = "../../../../.." + file;
        }
        folder.put("databases/default/tables/tables.yaml", "- \"!include " + file + "\"\n");
        CHECK(write(folder).err.find("not in the folder") != std::string::npos);
        CHECK(outside.get("role.yaml") == "table: {schema: public, name: role}\n");
    }
}

TEST_CASE("a table that has the name of the view in GraphQL is named, and nothing is written") {
    const Folder folder;
    folder.put("databases/default/tables/tables.yaml", "- \"!include people.yaml\"\n");
    folder.put("databases/default/tables/people.yaml", "table: {schema: public, name: user}\n");
    const std::set<std::string> files = folder.files();
    for (const Printed& printed : {differ(folder), write(folder)}) {
        CHECK(printed.code == kExitFailed);
        CHECK(printed.err.find("--table user") != std::string::npos);
    }
    CHECK(folder.files() == files);
}

TEST_CASE("a link where a new file goes is not followed, and a file of a crash is replaced") {
    const Folder folder;
    folder.put("version.yaml", "version: 3\n");
    folder.put("victim", "precious");
    fs::create_symlink(folder.path() + "/victim", folder.path() + "/actions.yaml.signet-new");
    folder.put("remote_schemas.yaml.signet-new", "half a fi");
    CHECK(write(folder).code == kExitOk);
    CHECK(folder.get("victim") == "precious");
    CHECK(folder.files().contains("actions.yaml"));
    CHECK_FALSE(folder.files().contains("actions.yaml.signet-new"));
    CHECK_FALSE(folder.files().contains("remote_schemas.yaml.signet-new"));
    CHECK(differ(folder).code == kExitOk);
}

TEST_CASE("the folder may be the project of Hasura's command line") {
    const Folder folder;
    folder.put("config.yaml", "version: 3\n");
    folder.put("metadata/version.yaml", "version: 3\n");
    write(folder);
    CHECK(folder.files().contains("metadata/actions.yaml"));
    CHECK_FALSE(folder.files().contains("actions.yaml"));
}

TEST_CASE("a schema is read as GraphQL, whatever stands in descriptions and comments") {
    std::string schema = R"(
"""type Mutation { a: B } \""" still"""
type Query { me(a: [Int!] = [1, 2]) : B @x(b: {c: "}"}), other: B }
extend type Mutation { "f:(" f(
  # a comment: (
  type: String
): T }
scalar date
type type { type: String })";
    const std::string before = schema;
    const auto change = [&schema](const char* name, const char* text) {
        return merge_schema(schema, {{name, text}});
    };
    CHECK(change("Query.other", "type Query {\n  other: B\n}\n").empty());
    CHECK(change("Mutation.f", "type Mutation {\n  f(type: String): T\n}\n").empty());
    CHECK(change("type type", "type type {\n  type: String\n}\n").empty());
    CHECK(schema == before);
    const auto changed = change("Query.me", "type Query {\n  me: C\n}\n");
    REQUIRE(changed.size() == 1);
    CHECK(schema.find("type Query { me: C, other: B }") != std::string::npos);
    CHECK(change("Mutation.a", "type Mutation {\n  a: B\n}\n").size() == 1);
    CHECK(schema.ends_with("\n\ntype Mutation {\n  a: B\n}\n"));
}
