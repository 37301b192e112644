#include "contract/databases.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace signet::test {
namespace {

// Creates an account and returns its id.
UserId sign_up(const Ports& ports, std::string_view name) {
    const NewAccount wanted = new_account(name);
    REQUIRE(create(*ports.sessions, wanted).has_value());
    return wanted.id;
}

std::vector<std::string> roles_of(const Ports& ports, const UserId& id) {
    const auto found = ports.accounts->find(id);
    REQUIRE((found.has_value() && found->has_value()));
    auto roles = (*found)->roles;
    std::sort(roles.begin(), roles.end());
    return roles;
}

TEST_CASE_TEMPLATE("accounts are listed by id, page by page, with their roles", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    std::vector<UserId> ids;
    for (int i = 0; i < 5; ++i) {
        ids.push_back(sign_up(ports, "user-" + std::to_string(i)));
    }
    std::sort(ids.begin(), ids.end());
    database.insert_role("second");
    database.insert_user_role(ids[1].str(), "second");

    std::vector<UserId> seen;
    std::optional<UserId> after;
    for (;;) {
        const auto page = ports.admin->list(after, 2);
        REQUIRE(page.has_value());
        CHECK(page->size() <= 2);
        if (page->empty()) {
            break;
        }
        for (const Account& account : *page) {
            CHECK(account.roles.size() == (account.id == ids[1] ? 2 : 1));
            seen.push_back(account.id);
        }
        after = page->back().id;
    }
    CHECK(seen == ids);
    CHECK(ports.admin->list(std::nullopt, 0)->empty());
}

TEST_CASE_TEMPLATE("a list of accounts holds no password hashes", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    sign_up(ports, "ada");
    const auto page = ports.admin->list(std::nullopt, 10);
    REQUIRE(page.has_value());
    REQUIRE(page->size() == 1);
    CHECK(page->front().password_hash.empty());
    CHECK(page->front().active);
}

TEST_CASE_TEMPLATE("an account is disabled and enabled", Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const UserId id = sign_up(ports, "ada");
    REQUIRE(ports.admin->set_active(id, false).has_value());
    CHECK_FALSE((*ports.accounts->find(id))->active);
    REQUIRE(ports.admin->set_active(id, true).has_value());
    CHECK((*ports.accounts->find(id))->active);
}

TEST_CASE_TEMPLATE("a password is replaced", Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const UserId id = sign_up(ports, "ada");
    REQUIRE(ports.admin->set_password(id, text("$argon2id$new")).has_value());
    CHECK((*ports.accounts->find(id))->password_hash == "$argon2id$new");
}

TEST_CASE_TEMPLATE("a removed account is gone, and its name is free", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const UserId id = sign_up(ports, "ada");
    REQUIRE(ports.admin->remove(id).has_value());
    CHECK_FALSE(ports.accounts->find(id)->has_value());
    CHECK(ports.roles->list_roles()->front().users == 0);
    CHECK(ports.admin->remove(id).error().errc == Errc::user_not_found);
    sign_up(ports, "ada");
}

TEST_CASE_TEMPLATE("granting and revoking take effect, and may be repeated", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const UserId id = sign_up(ports, "ada");
    database.insert_role("editor");
    REQUIRE(ports.admin->grant(id, text("editor")).has_value());
    REQUIRE(ports.admin->grant(id, text("editor")).has_value());
    CHECK(roles_of(ports, id) == std::vector<std::string>{"editor", "user"});
    REQUIRE(ports.admin->revoke(id, text("editor")).has_value());
    REQUIRE(ports.admin->revoke(id, text("editor")).has_value());
    CHECK(roles_of(ports, id) == std::vector<std::string>{"user"});
}

TEST_CASE_TEMPLATE("unknown users and roles are reported as such", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const UserId id = sign_up(ports, "ada");
    const UserId nobody = new_id();
    CHECK(ports.admin->set_active(nobody, true).error().errc == Errc::user_not_found);
    CHECK(ports.admin->set_password(nobody, text("x")).error().errc == Errc::user_not_found);
    CHECK(ports.admin->remove(nobody).error().errc == Errc::user_not_found);
    CHECK(ports.admin->grant(nobody, text("user")).error().errc == Errc::user_not_found);
    CHECK(ports.admin->revoke(nobody, text("user")).error().errc == Errc::user_not_found);
    CHECK(ports.admin->grant(id, text("nothing")).error().errc == Errc::role_not_found);
    CHECK(ports.admin->revoke(id, text("nothing")).error().errc == Errc::role_not_found);
    CHECK(ports.roles->remove_role(text("nothing")).error().errc == Errc::role_not_found);
}

TEST_CASE_TEMPLATE("roles are listed bytewise with the number of their users", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    for (const char* name : {"b", "B", "ä", "a"}) {
        REQUIRE(ports.roles->create_role(text(name)).has_value());
    }
    sign_up(ports, "ada");
    const auto roles = ports.roles->list_roles();
    REQUIRE(roles.has_value());
    std::vector<std::string> names;
    for (const RoleRow& role : *roles) {
        names.push_back(role.name);
        CHECK(role.users == (role.name == "user" ? 1 : 0));
    }
    CHECK(names == std::vector<std::string>{"B", "a", "b", "user", "ä"});
}

TEST_CASE_TEMPLATE("a role is created once", Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    REQUIRE(ports.roles->create_role(text("editor")).has_value());
    CHECK(ports.roles->create_role(text("editor")).error().errc == Errc::role_taken);
    // Hasura compares role names bytewise, so these are two roles.
    CHECK(ports.roles->create_role(text("Editor")).has_value());
}

TEST_CASE_TEMPLATE("a role that a user has is not removed", Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const UserId id = sign_up(ports, "ada");
    CHECK(ports.roles->remove_role(text("user")).error().errc == Errc::role_in_use);
    CHECK(roles_of(ports, id) == std::vector<std::string>{"user"});
    REQUIRE(ports.admin->revoke(id, text("user")).has_value());
    CHECK(ports.roles->remove_role(text("user")).has_value());
    CHECK(ports.roles->list_roles()->empty());
}

}  // namespace
}  // namespace signet::test
