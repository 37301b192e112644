#include "base/yaml.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

using signet::read_yaml;
using signet::write_yaml;
using signet::YamlFault;
namespace json = boost::json;

namespace {

json::value read(std::string_view text) {
    auto value = read_yaml(text);
    REQUIRE_MESSAGE(std::holds_alternative<json::value>(value), std::string(text));
    return std::get<json::value>(value);
}

std::string fault(std::string_view text) {
    const auto value = read_yaml(text);
    return std::holds_alternative<YamlFault>(value) ? std::get<YamlFault>(value).text : "";
}

}  // namespace

TEST_CASE("YAML is written in blocks, as Hasura's command line does") {
    CHECK(write_yaml(json::parse(R"([{"table": {"schema": "public", "name": "user"},
        "select_permissions": [{"role": "user", "permission": {"columns": ["id", "email"],
        "filter": {}}}]}, "!include public_role.yaml"])")) ==
          "- table:\n"
          "    schema: public\n"
          "    name: user\n"
          "  select_permissions:\n"
          "    - role: user\n"
          "      permission:\n"
          "        columns:\n"
          "          - id\n"
          "          - email\n"
          "        filter: {}\n"
          "- \"!include public_role.yaml\"\n");
}

TEST_CASE("every JSON value is the same when YAML of it is read") {
    for (const char* const text :
         {"null",
          "true",
          "-7",
          "1.5",
          "1e300",
          R"("")",
          R"("true")",
          R"("Yes")",
          R"("n")",
          R"("7")",
          R"("1.5")",
          R"("~")",
          R"("a: b")",
          R"("a #b")",
          R"("- a")",
          R"("{{SIGNET_URL}}/x")",
          R"("a\nb\"\\\u00e9\ud834\udd1e\u0001")",
          "[]",
          "{}",
          "[[1, [2]], {}, [{}]]",
          R"({"a": {"b": [{"c": null, "d": [1]}, "e"]}, "on": "off", "": 1, "x y": "!tag z"})"}) {
        CAPTURE(text);
        const json::value value = json::parse(text);
        CHECK(read(write_yaml(value)) == value);
    }
}

TEST_CASE("an include is a text, whether it was written as a text or as a tag") {
    CHECK(read("\"!include a.yaml\"") == json::value("!include a.yaml"));
    CHECK(read("!include a.yaml") == json::value("!include a.yaml"));
}

TEST_CASE("a plain scalar is what Hasura's command line takes it for, in every spelling") {
    for (const auto& [text, meaning] : std::vector<std::pair<const char*, const char*>>{
             {"True", "true"},
             {"FALSE", "false"},
             {"Null", "null"},
             {"~", "null"},
             {"+60", "60"},
             {"0x1F", "31"},
             {"-0x1F", "-31"},
             {"0o17", "15"},
             {"017", "15"},
             {"0b101", "5"},
             {"1_000", "1000"},
             {"18446744073709551615", "18446744073709551615"},
             {"-9223372036854775808", "-9223372036854775808"},
             {"!!int \"5\"", "5"},
             {"!!float 3", "3"},
             {"1.0", "1.0"},
             {".5", "0.5"},
             {"-.5e1", "-5.0"},
             {"+1.5", "1.5"},
             {"089", "89.0"},
             // Texts, for it and for us.
             {"yes", R"("yes")"},
             {"_1", R"("_1")"},
             {"--1", R"("--1")"},
             {"1-2", R"("1-2")"},
             {"+-1", R"("+-1")"},
             {"0x", R"("0x")"},
             {"0xZ", R"("0xZ")"},
             {"1.2.3", R"("1.2.3")"},
             {"+", R"("+")"},
             {".", R"(".")"},
             {"2026-11-28", R"("2026-11-28")"},
             {"'7'", R"("7")"},
             {"!!str 7", R"("7")"}}) {
        CAPTURE(text);
        const json::value value = read(text);
        CHECK(value == json::parse(meaning));
        CHECK(read(write_yaml(value)) == value);
    }
    CHECK(write_yaml(json::value(60.0)) == "60.0\n");
}

TEST_CASE("a merge key takes over what the map does not have itself") {
    CHECK(read("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}").at("b") ==
          json::parse(R"({"y": 3, "x": 1})"));
    CHECK(read("b:\n  <<: [{x: 1}, {x: 2, y: 2}]").at("b") == json::parse(R"({"x": 1, "y": 2})"));
    CHECK(read("{'<<': {x: 1}}") == json::parse(R"({"<<": {"x": 1}})"));
    CHECK(fault("<<: 1").find("no map") != std::string::npos);
}

TEST_CASE("what is no YAML, or would fill the memory, is refused with a reason") {
    CHECK(fault("a: [1").find("line") != std::string::npos);
    CHECK(fault("? {a: 1}\n: b").find("key") != std::string::npos);
    CHECK(fault("a: 1\na: 2").find("twice") != std::string::npos);
    CHECK(fault("a: 1\n---\nb: 2").find("several") != std::string::npos);
    CHECK_FALSE(fault(std::string(signet::kYamlBytesMax + 1, 'a')).empty());
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int level = 1; level < 9; ++level) {
        const std::string below = "*a" + std::to_string(level - 1);
        bomb += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [" + below;
        for (int copy = 1; copy < 10; ++copy) {
            bomb += ", " + below;
        }
        bomb += "]\n";
    }
    CHECK(fault(bomb).find("larger") != std::string::npos);
    std::string long_ones = "a: &a " + std::string(1'000'000, 'x') + "\nb: [*a";
    for (int copy = 1; copy < 40; ++copy) {
        long_ones += ", *a";
    }
    CHECK(fault(long_ones + "]").find("larger") != std::string::npos);
    CHECK(read("").is_null());
}
