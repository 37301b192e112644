#include "routes/error_table.hpp"

#include <doctest/doctest.h>

#include <cstddef>

using namespace signet;
using namespace signet::routes;

TEST_CASE("the error table has one row for every code, in the order of the enumeration") {
    const auto table = error_table();
    REQUIRE(table.size() == static_cast<std::size_t>(Errc::internal) + 1);
    for (std::size_t i = 0; i < table.size(); ++i) {
        CHECK(static_cast<std::size_t>(table[i].errc) == i);
        CHECK(&describe(table[i].errc) == &table[i]);
    }
}

TEST_CASE("every row of the error table tells the client a status, a title and what to do") {
    for (const ErrorRow& row : error_table()) {
        CAPTURE(to_string(row.errc));
        CHECK(row.status >= 400);
        CHECK(row.status < 600);
        CHECK_FALSE(row.title.empty());
        CHECK_FALSE(row.detail.empty());
    }
}

TEST_CASE("every 503 of the error table says when to come back") {
    for (const ErrorRow& row : error_table()) {
        CAPTURE(to_string(row.errc));
        CHECK((row.retry_after_s > 0) == (row.status == 503));
    }
}
