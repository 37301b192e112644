#include "cli/hasura_metadata.hpp"
#include "config/load.hpp"
#include "routes/table.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

using namespace signet;
namespace json = boost::json;

namespace {

json::object metadata() {
    const config::LoadedConfig loaded =
        config::load_config({{{"AUTH_ACTION_SECRET", "0123456789abcdef"},
                              {"AUTH_MAIL_URL", "file:/tmp"},
                              {"AUTH_MAIL_FROM", "signet@example.org"}},
                             {}},
                            false);
    REQUIRE(loaded.usable());
    return cli::make_metadata(loaded.config, {});
}

std::map<std::string, std::string> fields_of(const json::object& document,
                                             const json::value& type) {
    std::map<std::string, std::string> out;
    for (const json::value& each : document.at("custom_types").at("objects").as_array()) {
        if (each.at("name") == type) {
            for (const json::value& field : each.at("fields").as_array()) {
                out.emplace(field.at("name").as_string(), field.at("type").as_string());
            }
        }
    }
    return out;
}

}  // namespace

TEST_CASE("the metadata has each action that is a route, with the fields of its answer") {
    const json::object document = metadata();
    std::map<std::string, json::value> actions;
    for (const json::value& action : document.at("actions").as_array()) {
        const std::string handler(action.at("definition").at("handler").as_string());
        actions.emplace(handler.substr(handler.find("}}") + 2), action);
    }
    std::set<std::string> routes;
    for (const routes::Row& row : routes::table()) {
        if (!row.path.starts_with("/actions/") || row.path.ends_with('}')) {
            continue;
        }
        const std::string path(row.path);
        CAPTURE(path);
        routes.insert(path);
        const auto found = actions.find(path);
        REQUIRE(found != actions.end());
        auto fields = fields_of(document, found->second.at("definition").at("output_type"));
        const bool may_wait = fields.erase("status") > 0;  // a signup, for a proof
        for (const routes::Member& member : row.response.members) {
            const std::string name(member.name);
            CAPTURE(name);
            REQUIRE(fields.contains(name));
            CHECK(fields.at(name).ends_with('!') ==
                  (member.required && !member.nullable && !may_wait));
            fields.erase(name);
        }
        CHECK(fields.empty());
    }
    CHECK(routes.size() == actions.size());
}
