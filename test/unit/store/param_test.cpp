#include "store/pg.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <type_traits>

namespace signet::store {
namespace {

// The boundary of SQL text: what may hold a NUL, or bytes that are no UTF-8, is not a parameter.
static_assert(!std::is_constructible_v<Param, std::string>);
static_assert(!std::is_constructible_v<Param, std::string_view>);
static_assert(!std::is_constructible_v<Param, const char*>);
static_assert(!std::is_constructible_v<Param, const char (&)[4]>);
static_assert(!std::is_constructible_v<Param, std::optional<std::string>>);
static_assert(!std::is_constructible_v<Param, char>);
static_assert(!std::is_constructible_v<Param, std::optional<char>>);
static_assert(std::is_constructible_v<Param, Text>);
static_assert(std::is_constructible_v<Param, std::optional<Text>>);
static_assert(std::is_constructible_v<Param, UserId>);

TEST_CASE("parameters print as PostgreSQL reads them") {
    CHECK(Param(true).value() == "t");
    CHECK(Param(false).value() == "f");
    CHECK(Param(-7).value() == "-7");
    CHECK(Param(std::int64_t{9'007'199'254'740'993}).value() == "9007199254740993");
    CHECK(Param(std::optional<std::int64_t>(-7)).value() == "-7");
    CHECK(Param(*Text::from("ü")).value() == "ü");
}

TEST_CASE("nothing is NULL, and an empty text is not") {
    CHECK_FALSE(Param(std::nullopt).value().has_value());
    CHECK_FALSE(Param(std::optional<Text>()).value().has_value());
    CHECK_FALSE(Param(std::optional<std::int64_t>()).value().has_value());
    CHECK(Param(*Text::from("")).value() == "");
}

}  // namespace
}  // namespace signet::store
