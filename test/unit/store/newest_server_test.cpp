#include "store/newest_server.hpp"

#include <doctest/doctest.h>

namespace signet::store {
namespace {

bool contains(const std::optional<std::string>& text, std::string_view part) {
    return text && text->find(part) != std::string::npos;
}

TEST_CASE("a primary that was replaced is not used again, and its connections are known by it") {
    NewestServer newest;
    CHECK_FALSE(newest.object_to({"7", 1}).has_value());
    CHECK_FALSE(newest.object_to({"7", 1}).has_value());
    CHECK_FALSE(newest.replaces(newest.tag(1)));
    CHECK_FALSE(newest.object_to({"7", 3}).has_value());
    CHECK(newest.replaces(newest.tag(1)));
    CHECK(newest.replaces(newest.tag(2)));
    CHECK_FALSE(newest.replaces(newest.tag(3)));
    CHECK(contains(newest.object_to({"7", 1}), "timeline 1"));
    CHECK(contains(newest.object_to({"7", 2}), "replaced"));
    CHECK_FALSE(newest.object_to({"7", 3}).has_value());
}

TEST_CASE("a server of another cluster is not used") {
    NewestServer newest;
    CHECK_FALSE(newest.object_to({"7", 1}).has_value());
    CHECK(contains(newest.object_to({"8", 9}), "another cluster"));
    CHECK_FALSE(newest.replaces(newest.tag(1)));
}

TEST_CASE("a server that could not tell its timeline is never replaced") {
    NewestServer newest;
    CHECK_FALSE(newest.object_to({"7", 2}).has_value());
    CHECK_FALSE(newest.replaces(newest.tag(0)));
}

TEST_CASE("connections from before a server that takes no writes was left are made anew") {
    NewestServer newest;
    const ServerTag before = newest.tag(0);
    CHECK_FALSE(newest.replaces(before));
    newest.depart();
    CHECK(newest.replaces(before));
    CHECK_FALSE(newest.replaces(newest.tag(0)));
}

}  // namespace
}  // namespace signet::store
