#include "app/command_role.hpp"

#include "support/command_desk.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace signet::app;
using signet::test::CommandDesk;

TEST_CASE("role create, list and delete change the table role") {
    CommandDesk desk;
    CHECK(role_create(desk.store, desk.policy, "editor", desk.io) == kExitOk);
    desk.take_out();
    CHECK(role_list(desk.store, true, desk.io) == kExitOk);
    CHECK(desk.take_out() == "[\n  {\"name\":\"editor\",\"users\":0}\n]\n");
    CHECK(role_list(desk.store, false, desk.io) == kExitOk);
    CHECK(desk.take_out() == "NAME    USERS\neditor  0\n");
    CHECK(role_create(desk.store, desk.policy, "editor", desk.io) == kExitFailed);
    CHECK(role_delete(desk.store, "editor", desk.io) == kExitOk);
    CHECK(desk.tables->roles.empty());
    CHECK(role_delete(desk.store, "editor", desk.io) == kExitFailed);
}

TEST_CASE("role create admin is refused unless it is allowed") {
    CommandDesk desk;
    CHECK(role_create(desk.store, desk.policy, "admin", desk.io) == kExitFailed);
    CHECK(desk.tables->roles.empty());
    desk.policy.allow_admin = true;
    CHECK(role_create(desk.store, desk.policy, "admin", desk.io) == kExitOk);
}

TEST_CASE("a role name that no token can carry is refused") {
    for (const std::string& name :
         {std::string(), std::string("a\nb"), std::string("\xFF"), std::string(256, 'r')}) {
        CommandDesk desk;
        CHECK(role_create(desk.store, desk.policy, name, desk.io) == kExitFailed);
        CHECK(desk.tables->roles.empty());
    }
}

TEST_CASE("a role that somebody has cannot be deleted") {
    CommandDesk desk;
    REQUIRE(user_create(desk.user(), "ada", std::nullopt) == kExitOk);
    CHECK(role_delete(desk.store, "user", desk.io) == kExitFailed);
    CHECK(desk.err.str().find("Role in use") != std::string::npos);
}
