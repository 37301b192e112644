#include "cli/user_file.hpp"

#include "cli/times.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

using signet::SourceRow;
using signet::cli::read_csv;
using signet::cli::read_ndjson;
using signet::cli::read_timestamp;

namespace {

std::vector<SourceRow> all_of(signet::UserSource& source) {
    std::vector<SourceRow> rows;
    for (;;) {
        auto row = source.next();
        REQUIRE(row.has_value());
        if (!*row) {
            return rows;
        }
        rows.push_back(**std::move(row));
    }
}

std::vector<SourceRow> csv(const std::string& text) {
    std::istringstream in(text);
    return all_of(*read_csv(in));
}

std::vector<SourceRow> ndjson(const std::string& text) {
    std::istringstream in(text);
    return all_of(*read_ndjson(in));
}

}  // namespace

TEST_CASE("a CSV file is read with quotes, line breaks in fields, and columns in any order") {
    const auto rows =
        csv("\xEF\xBB\xBF"
            "email,username,roles,active,metadata,created_at\r\n"
            "ada@example.org,ada,editor;reviewer,false,\"{\"\"a\"\":\n\"\"b\"\"}\",2020-05-14 "
            "10:00:00+02\r\n"
            "\r\n"
            ",\"o'neil, bob\",,,,");
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].number == 2);
    CHECK(rows[0].fault.empty());
    CHECK(rows[0].user.email == "ada@example.org");
    CHECK(rows[0].user.roles == std::vector<std::string>{"editor", "reviewer"});
    CHECK_FALSE(rows[0].user.active);
    CHECK(rows[0].user.metadata == "{\"a\":\n\"b\"}");
    CHECK(rows[0].user.created_at_s == 1589443200);
    CHECK(rows[1].number == 5);
    CHECK(rows[1].user.username == "o'neil, bob");
    CHECK_FALSE(rows[1].user.email.has_value());
    CHECK(rows[1].user.active);
}

TEST_CASE("a CSV row that cannot be read is told with its line, and the next one is read") {
    const auto rows = csv("username,active\nada\nbob,perhaps\nc\"x,true\n\"d\"x,true\n" +
                          std::string(300'000, 'e') + ",true\nfred,t\n\"greta");
    REQUIRE(rows.size() == 7);
    for (const std::size_t bad : {0U, 1U, 2U, 3U, 4U, 6U}) {
        CAPTURE(bad);
        CHECK_FALSE(rows[bad].fault.empty());
    }
    CHECK(rows[0].number == 2);
    CHECK(rows[5].number == 7);
    CHECK(rows[5].fault.empty());
    CHECK(rows[5].user.username == "fred");
}

TEST_CASE("a column that nobody knows, or one that is there twice, is an error before any row") {
    for (const std::string head : {"username,passwort", "email,email", ""}) {
        std::istringstream in(head + "\nada,x\n");
        CHECK(read_csv(in)->next().has_error());
    }
}

TEST_CASE("lines of JSON are read, and a bad one is told with its line") {
    const auto rows = ndjson(
        R"({"id":"00000000-0000-4000-8000-000000000001","email":"ada@example.org","email_verified":true,)"
        R"("roles":["editor"],"metadata":{"n":1.50},"created_at":1589443200123,"disabled":true,"username":null})"
        "\n\n"
        R"({"username":"bob","passwort":"x"})"
        "\n"
        R"({"username":17})"
        "\n"
        R"({"roles":"editor"})"
        "\n[]\n{\n" +
        std::string(300'000, ' ') + "\n" + R"({"username":"carol"})");
    REQUIRE(rows.size() == 8);
    CHECK(rows[0].fault.empty());
    CHECK(rows[0].user.email_verified);
    CHECK_FALSE(rows[0].user.active);
    CHECK(rows[0].user.metadata == R"({"n":1.50})");
    CHECK(rows[0].user.created_at_s == 1589443200);
    CHECK(rows[1].number == 3);
    CHECK(rows[1].fault.find("passwort") != std::string::npos);
    for (std::size_t bad = 1; bad < 7; ++bad) {
        CAPTURE(bad);
        CHECK_FALSE(rows[bad].fault.empty());
    }
    CHECK(rows[7].user.username == "carol");
}

TEST_CASE("times are read as other services write them") {
    for (const auto* text : {"2020-05-14T08:00:00Z", "2020-05-14 08:00:00+00", "1589443200",
                             "2020-05-14T10:00:00.123456+02:00", "2020-05-14 03:30:00-0430",
                             "1589443200123", "2020-05-14 08:00:00"}) {
        CAPTURE(text);
        CHECK(read_timestamp(text) == 1589443200);
    }
    CHECK(read_timestamp("2020-05-14") == 1589414400);
    for (const auto* text : {"", "yesterday", "2020-05-14T", "2020-13-14T08:00:00Z", "infinity",
                             "2020-05-14T08:00:00+2", "2020-05-14T08:00:00Zx", "-5"}) {
        CAPTURE(text);
        CHECK_FALSE(read_timestamp(text).has_value());
    }
}
