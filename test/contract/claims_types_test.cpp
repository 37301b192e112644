#include "contract/claims_fixture.hpp"

#include <doctest/doctest.h>

#include <random>
#include <utility>
#include <vector>

namespace signet::test {
namespace {

std::string random_text(std::mt19937& random) {
    static const std::vector<std::string> kPieces{"a", "\"",   "\\",   "{",           "}", ",",
                                                  " ", "NULL", "null", "é",           "𝄞", "'",
                                                  "(", "[",    ":",    "\xE2\x80\xA8"};
    std::string out;
    for (auto i = random() % 6; i > 0; --i) {
        out += kPieces[random() % kPieces.size()];
    }
    return out;
}

}  // namespace

TEST_CASE("a value of every column type becomes text that the type reads back") {
    ClaimsFixture fixture;
    run_sql(fixture.database.url(), "create type mood as enum ('sad', 'very \"happy\"')");
    const std::vector<std::pair<std::string, std::string>> values{
        {"text", "'a \"b\" \\ {c}'"},
        {"varchar(20)", "'é𝄞'"},
        {"char(5)", "'ab'"},
        {"int2", "'-32768'"},
        {"int4", "'2147483647'"},
        {"int8", "'-9223372036854775808'"},
        {"numeric", "'123456789012345678901234567890.1234567890'"},
        {"numeric(10,2)", "'7'"},
        {"numeric", "'1e300'"},
        {"float4", "'0.1'"},
        {"float8", "'1.7976931348623157e308'"},
        {"bool", "'t'"},
        {"date", "'2026-02-28'"},
        {"time", "'23:59:59.123456'"},
        {"timetz", "'23:59:59+05:30'"},
        {"timestamp", "'2026-01-31 12:00:00.5'"},
        {"timestamptz", "'2026-01-31 12:00:00+02'"},
        {"interval", "'1 year 2 days 03:04:05'"},
        {"uuid", "'6f1f4d0a-6a3f-4a53-9d5c-0b6d1a1c9a11'"},
        {"bytea", R"('\x00ff5c')"},
        {"jsonb", R"('{"a": [1, 2.50, "x\"y"], "b": null}')"},
        {"inet", "'2001:db8::1/64'"},
        {"macaddr", "'08:00:2b:01:02:03'"},
        {"bit(4)", "'1010'"},
        {"money", "'12.34'"},
        {"int4range", "'[1,5)'"},
        {"tsvector", "'fat:2 cat:3'"},
        {"mood", "'very \"happy\"'"},
        {"text[]", R"('{a,"b \"q\"","c,d","\\","",NULL,"NULL"}')"},
        {"int4[]", "'{1,NULL,-3}'"},
        {"int4[]", "'{{1,2},{3,4}}'"},
        {"int4[]", "'{}'"},
        {"numeric[]", "'{1.50,100000000000000000000000}'"},
        {"float8[]", "'{0.1,-1e-300}'"},
        {"bool[]", "'{t,f,NULL}'"},
        {"date[]", "'{2026-02-28}'"},
        {"timestamptz[]", "'{2026-01-31 12:00:00+02}'"},
        {"uuid[]", "'{6f1f4d0a-6a3f-4a53-9d5c-0b6d1a1c9a11}'"},
        {"bytea[]", R"('{"\\x00ff"}')"},
        {"jsonb[]", R"(array['{"a": "b\"c"}', '7']::jsonb[])"},
        {"mood[]", R"('{sad,"very \"happy\""}')"},
        {"int4range[]", R"x('{"[1,5)"}')x"},
        {"interval[]", R"('{"1 year 2 days"}')"},
    };
    for (const auto& [type, literal] : values) {
        CAPTURE(type);
        CAPTURE(literal);
        const std::string value = literal + "::" + type;
        const std::string claim = sql_literal(fixture.claim(value));
        CHECK(fixture.holds(claim + "::" + type + " is not distinct from " + value));
        if (type.ends_with("[]")) {
            CHECK(fixture.holds(claim + "::text[]::" + type + " is not distinct from " + value));
        }
    }
    CHECK(fixture.claim("null::text") == "(left out)");
}

TEST_CASE("random arrays of texts survive text[] byte for byte") {
    ClaimsFixture fixture;
    std::mt19937 random(20261121);  // NOLINT(cert-msc51-cpp): the same every time
    for (int i = 0; i < 400; ++i) {
        std::string array = "array[";
        const auto size = random() % 5;
        for (std::size_t n = 0; n < size; ++n) {
            array += (n == 0 ? "" : ",");
            array += random() % 6 == 0 ? "null" : sql_literal(random_text(random));
        }
        array += "]::text[]";
        CAPTURE(array);
        const std::string claim = sql_literal(fixture.claim(array));
        REQUIRE(fixture.holds(claim + "::text[] is not distinct from " + array));
    }
}

TEST_CASE("random nested JSON becomes an array literal with the same elements as text") {
    ClaimsFixture fixture;
    std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same every time
    for (int i = 0; i < 150; ++i) {
        // The text at its end makes the array irregular, so that each element becomes JSON text.
        std::string array = "jsonb_build_array(";
        for (auto n = random() % 4; n > 0; --n) {
            const std::string leaf = sql_literal(random_text(random)) + "::text";
            array += random() % 2 == 0 ? "jsonb_build_array(" + leaf + ", 1.50)"
                                       : "jsonb_build_object('k', " + leaf + ')';
            array += ", ";
        }
        array += sql_literal(random_text(random)) + "::text)";
        CAPTURE(array);
        const std::string claim = sql_literal(fixture.claim(array));
        REQUIRE(fixture.holds("(select array_agg(e::jsonb) from unnest((" + claim +
                              "::text[])[1:cardinality(" + claim +
                              "::text[]) - 1]) e) is not distinct"
                              " from (select array_agg(e) from jsonb_array_elements(" +
                              array + " - -1) e)"));
    }
}

}  // namespace signet::test
