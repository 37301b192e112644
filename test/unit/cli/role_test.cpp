#include "cli/role.hpp"

#include "support/command_desk.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace signet::cli;
using namespace signet::server;
using signet::test::CommandDesk;

TEST_CASE("role create, list and delete change the table role") {
    CommandDesk desk;
    CHECK(role_create(desk.store, desk.policy, "editor", desk.io) == signet::kExitOk);
    desk.take_out();
    CHECK(role_list(desk.store, true, desk.io) == signet::kExitOk);
    CHECK(desk.take_out() == "[\n  {\"name\":\"editor\",\"users\":0}\n]\n");
    CHECK(role_list(desk.store, false, desk.io) == signet::kExitOk);
    CHECK(desk.take_out() == "NAME    USERS\neditor  0\n");
    CHECK(role_create(desk.store, desk.policy, "editor", desk.io) == signet::kExitFailed);
    CHECK(role_delete(desk.store, "editor", desk.io) == signet::kExitOk);
    CHECK(desk.tables->roles.empty());
    CHECK(role_delete(desk.store, "editor", desk.io) == signet::kExitFailed);
}

TEST_CASE("role create admin is refused unless it is allowed") {
    CommandDesk desk;
    CHECK(role_create(desk.store, desk.policy, "admin", desk.io) == signet::kExitFailed);
    CHECK(desk.tables->roles.empty());
    desk.policy.allow_admin = true;
    CHECK(role_create(desk.store, desk.policy, "admin", desk.io) == signet::kExitOk);
}

TEST_CASE("a role name that no token can carry is refused") {
    for (const std::string& name :
         {std::string(), std::string("a\nb"), std::string("\xFF"), std::string(256, 'r')}) {
        CommandDesk desk;
        CHECK(role_create(desk.store, desk.policy, name, desk.io) == signet::kExitFailed);
        CHECK(desk.tables->roles.empty());
    }
}

TEST_CASE("a role that somebody has cannot be deleted") {
    CommandDesk desk;
    REQUIRE(user_create(desk.user(), "ada", std::nullopt) == signet::kExitOk);
    CHECK(role_delete(desk.store, "user", desk.io) == signet::kExitFailed);
    CHECK(desk.err.str().find("Role in use") != std::string::npos);
}
