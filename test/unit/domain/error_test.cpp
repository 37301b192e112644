#include <signet/domain/error.hpp>
#include <signet/result.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <stdexcept>
#include <string_view>

using signet::Errc;

TEST_CASE("the error table has one row for every code, in the order of the enumeration") {
    const auto table = signet::error_table();
    REQUIRE(table.size() == static_cast<std::size_t>(Errc::internal) + 1);
    for (std::size_t i = 0; i < table.size(); ++i) {
        CHECK(static_cast<std::size_t>(table[i].errc) == i);
        CHECK(&signet::describe(table[i].errc) == &table[i]);
    }
}

TEST_CASE("every wire code of the error table is unique and kebab-case") {
    std::set<std::string_view> seen;
    for (const auto& row : signet::error_table()) {
        CAPTURE(row.code);
        CHECK(seen.insert(row.code).second);
        CHECK_FALSE(row.code.empty());
        CHECK(row.code.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos);
        CHECK(row.code.front() != '-');
        CHECK(row.code.back() != '-');
        CHECK(row.code.find("--") == std::string_view::npos);
    }
}

TEST_CASE("every row of the error table tells the client a status, a title and what to do") {
    for (const auto& row : signet::error_table()) {
        CAPTURE(row.code);
        CHECK(row.status >= 400);
        CHECK(row.status < 600);
        CHECK_FALSE(row.title.empty());
        CHECK_FALSE(row.detail.empty());
    }
}

TEST_CASE("every 503 of the error table says when to come back") {
    for (const auto& row : signet::error_table()) {
        CAPTURE(row.code);
        CHECK((row.retry_after_s > 0) == (row.status == 503));
    }
}

TEST_CASE("a field error is invalid input with one member") {
    const auto error = signet::Error::field("/email", "too-long", "Shorter.");
    CHECK(error.errc == Errc::invalid_input);
    REQUIRE(error.fields.size() == 1);
    CHECK(error.fields[0].pointer == "/email");
    CHECK(error.fields[0].code == "too-long");
    CHECK(error.log_detail.empty());
}

TEST_CASE("asking a failed result for its value throws without the log detail") {
    const signet::Result<int> failed = signet::Error(Errc::store_failed, "for the log only");
    try {
        static_cast<void>(failed.value());
        FAIL("no exception");
    } catch (const std::logic_error& error) {
        const std::string_view what = error.what();
        CHECK(what.find("database-error") != std::string_view::npos);
        CHECK(what.find("for the log only") == std::string_view::npos);
    }
}
