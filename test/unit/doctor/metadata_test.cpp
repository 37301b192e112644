#include "doctor/metadata.hpp"

#include "support/temp_dir.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

using namespace signet;
using namespace signet::doctor;

namespace {

struct Project {
    test::TempDir home;
    std::filesystem::path root = home.path() / "project" / "metadata";

    void write(const std::string& name, std::string_view text) const {
        std::filesystem::create_directories((root / name).parent_path());
        std::ofstream(root / name, std::ios::binary) << text;
    }
    // The metadata as JSON text, or why there is none.
    std::string read(const std::filesystem::path& path) const {
        const auto result = read_metadata(path);
        const auto* const fault = std::get_if<MetadataFault>(&result);
        return fault != nullptr ? fault->text
                                : boost::json::serialize(std::get<boost::json::object>(result));
    }
    std::string read() const { return read(root); }
};

bool has(const std::string& text, std::string_view part) {
    CAPTURE(text);
    CAPTURE(part);
    const bool found = text.find(part) != std::string::npos;
    CHECK(found);
    return found;
}

}  // namespace

TEST_CASE("a folder of the Hasura CLI reads as one document") {
    const Project project;
    project.write("version.yaml", "version: 3\n");
    project.write("databases/databases.yaml",
                  "- name: default\n  kind: postgres\n  configuration:\n    connection_info:\n"
                  "      use_prepared_statements: true\n      pool_settings: {retries: 1}\n"
                  "  tables: \"!include default/tables/tables.yaml\"\n");
    project.write("databases/default/tables/tables.yaml",
                  "- \"!include public_user.yaml\"\n- !include public_role.yaml\n");
    project.write("databases/default/tables/public_user.yaml",
                  "table: {schema: public, name: user}\nselect_permissions:\n  - role: user\n"
                  "    permission:\n      columns: '*'\n      filter: {}\n");
    project.write("databases/default/tables/public_role.yaml", "table:\n  name: \"null\"\n");
    project.write("actions.yaml", "actions:\n  - name: a\ncustom_types: {}\n");
    project.write("remote_schemas.yaml", "[]\n");
    project.write("inherited_roles.yaml", "- role_name: r\n  role_set: [a, b]\n");
    const std::string text = project.read();
    has(text, R"("tables":[{"table":{"schema":"public","name":"user"},"select_permissions":)"
              R"([{"role":"user","permission":{"columns":"*","filter":{}}}]},)"
              R"({"table":{"name":"null"}}])");
    has(text, R"("use_prepared_statements":true,"pool_settings":{"retries":1})");
    has(text, R"("actions":[{"name":"a"}],"custom_types":{})");
    has(text, R"("inherited_roles":[{"role_name":"r","role_set":["a","b"]}])");
    CHECK(project.read(project.root.parent_path()) == text);
}

TEST_CASE("a folder of configuration v2 and files in JSON and YAML read likewise") {
    const Project project;
    project.write("tables.yaml", "- table: {schema: public, name: role}\n");
    has(project.read(), R"("sources":[{"name":"default","kind":"postgres","tables":[{"table")");
    project.write("export.json", R"({"resource_version": 7, "metadata": {"sources": []}})");
    CHECK(project.read(project.root / "export.json") == R"({"sources":[]})");
    project.write("export.yaml", "sources:\n  - name: 1.5\n");
    CHECK(project.read(project.root / "export.yaml") == R"({"sources":[{"name":1.5E0}]})");
    project.write("v2.json", R"({"version": 2, "tables": [{"table": "role"}]})");
    has(project.read(project.root / "v2.json"), R"("sources":[{"name":"default")");
}

TEST_CASE("an include leads nowhere outside the folder and ends") {
    const Project project;
    std::ofstream(project.home.path() / "secret.yaml") << "token: canary7f3a\n";
    const auto refused = [&](std::string_view text, std::string_view why) {
        project.write("databases/databases.yaml", text);
        const std::string said = project.read();
        CHECK(said.find("canary7f3a") == std::string::npos);
        has(said, why);
    };
    refused("- tables: \"!include ../../../secret.yaml\"\n", "outside the folder");
    refused("- tables: !include ../../../secret.yaml\n", "outside the folder");
    refused("- tables: \"!include " + (project.home.path() / "secret.yaml").string() + "\"\n",
            "outside the folder");
    std::filesystem::create_symlink(project.home.path() / "secret.yaml",
                                    project.root / "link.yaml");
    refused("- tables: \"!include ../link.yaml\"\n", "outside the folder");
    refused("- tables: \"!include databases.yaml\"\n", "too deep");
    refused("- tables: \"!include nothing.yaml\"\n", "cannot be read");
    refused("- tables: \"!include ..\"\n", "no regular file");
}

TEST_CASE("metadata that is no metadata is refused with its place") {
    const Project project;
    has(project.read(), "cannot be read");
    project.write("README", "");
    has(project.read(), "databases/databases.yaml");
    project.write("databases/databases.yaml", "- name: a\n  b: [1\n");
    has(project.read(), "databases.yaml cannot be read: it is no YAML: line ");
    project.write("a.json", "[]");
    has(project.read(project.root / "a.json"), "no metadata");
    project.write("b.json", "{");
    has(project.read(project.root / "b.json"), "no JSON");
    project.write("databases/databases.yaml", std::string(2000, '[') + std::string(2000, ']'));
    has(project.read(), "databases.yaml");
    std::string laughs = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
    for (char c = 'b'; c < 'k'; ++c) {
        const std::string before(1, static_cast<char>(c - 1));
        laughs += std::string(1, c) + ": &" + c + " [";
        for (int i = 0; i < 10; ++i) {
            laughs += (i == 0 ? "*" : ", *") + before;
        }
        laughs += "]\n";
    }
    project.write("databases/databases.yaml", laughs);
    has(project.read(), "than what is read");
}
