#include "contract/databases.hpp"
#include "support/postgres.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>
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
        const auto page = ports.admin->list({}, after, 2);
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
    CHECK(ports.admin->list({}, std::nullopt, 0)->empty());
}

TEST_CASE_TEMPLATE("a list of accounts holds no password hashes", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    sign_up(ports, "ada");
    const auto page = ports.admin->list({}, std::nullopt, 10);
    REQUIRE(page.has_value());
    REQUIRE(page->size() == 1);
    CHECK(page->front().password_hash.empty());
    CHECK(page->front().active);
}

// Creates an account with an e-mail address and returns its id.
UserId sign_up(const Ports& ports, std::string_view name, std::string_view email) {
    const NewAccount wanted = new_account(name, email);
    REQUIRE(create(*ports.sessions, wanted).has_value());
    return wanted.id;
}

TEST_CASE_TEMPLATE("accounts are found by a part of a name in which no character is special",
                   Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    sign_up(ports, "ada_lovelace", "Countess@Example.org");
    sign_up(ports, "adaXlovelace");
    database.insert_user({.id = new_id().str(), .username = "50%\\off"});
    database.insert_user({.id = new_id().str()});
    const auto found = [&](std::string_view part) {
        return ports.admin->list({.search = text(part)}, std::nullopt, 10)->size();
    };
    CHECK(found("ADA") == 2);
    CHECK(found("ada_") == 1);
    CHECK(found("_") == 1);
    CHECK(found("%") == 1);
    CHECK(found("\\") == 1);
    CHECK(found("cOUNTESS@example") == 1);
    CHECK(found("ada%") == 0);
    CHECK(found("'; drop table role; --") == 0);
    CHECK(found("") == 3);  // every name contains the empty text, and one account has no name
}

TEST_CASE_TEMPLATE("accounts with a role are listed page by page, each once", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    database.insert_role("editor");
    for (int i = 0; i < 5; ++i) {
        const UserId id = sign_up(ports, "user-" + std::to_string(i));
        if (i != 2) {
            database.insert_user_role(id.str(), "editor");
        }
    }
    const AccountFilter editors{.search = text("USER-"), .role = text("editor")};
    const auto first = ports.admin->list(editors, std::nullopt, 3);
    REQUIRE(first.has_value());
    REQUIRE(first->size() == 3);
    CHECK(first->front().roles.size() == 2);  // the filter hides no other role
    const auto second = ports.admin->list(editors, first->back().id, 3);
    REQUIRE(second->size() == 1);
    CHECK(first->back().id < second->front().id);
    CHECK(ports.admin->list({.role = text("nothing")}, std::nullopt, 10)->empty());
}

TEST_CASE_TEMPLATE("an account is renamed, and both of its names are as unique as at a signup",
                   Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const UserId id = sign_up(ports, "ada", "ada@example.org");
    sign_up(ports, "grace", "grace@example.org");
    REQUIRE(ports.admin->rename(id, text("ADA")).has_value());  // its own name in another case
    CHECK(ports.admin->rename(id, text("GRACE")).error().errc == Errc::username_taken);
    REQUIRE(ports.admin->rename(id, text("countess")).has_value());
    CHECK((*ports.accounts->find(id))->username == "countess");
    CHECK(ports.admin->set_email(id, text("Grace@Example.org")).error().errc == Errc::email_taken);
    REQUIRE(ports.admin->set_email(id, text("Ada@Example.org")).has_value());
    REQUIRE(ports.admin->set_email(id, std::nullopt).has_value());
    CHECK_FALSE((*ports.accounts->find(id))->email.has_value());
    sign_up(ports, "ada", "ada@example.org");  // both names are free again
    CHECK(database.audited("user-renamed") == std::vector<std::string>{id.str(), id.str()});
    CHECK(database.audited("email-set") == std::vector<std::string>{id.str(), id.str()});
}

TEST_CASE("a name that another client takes meanwhile by SQL is reported as taken") {
    PgDatabase database;
    const Ports ports = database.ports();
    const UserId id = sign_up(ports, "ada", "ada@example.org");
    const auto while_inserting = [&](const std::string& column, const std::string& name,
                                     auto change) {
        // A client that takes no lock of ours: the change waits for its row, in the unique index.
        const std::jthread client([&] {
            run_sql(database.url(), "begin; insert into \"user\" (" + column + ") values ('" +
                                        name + "'); select pg_sleep(0.7); commit");
        });
        while (run_sql(database.url(),
                       "select count(*) from pg_stat_activity where query like '%pg_sleep(0.7)%'"
                       " and wait_event = 'PgSleep' and datname = current_database()")
                   .at(0)
                   .at(0) == "0") {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return change().error().errc;
    };
    CHECK(while_inserting("username", "Grace", [&] {
              return ports.admin->rename(id, text("grace"));
          }) == Errc::username_taken);
    CHECK(while_inserting("email", "g@example.org", [&] {
              return ports.admin->set_email(id, text("G@example.org"));
          }) == Errc::email_taken);
    CHECK((*ports.accounts->find(id))->username == "ada");
}

TEST_CASE_TEMPLATE("the last name of an account is not removed", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    NewAccount wanted = new_account("x", "only@example.org");
    wanted.username = std::nullopt;
    REQUIRE(create(*ports.sessions, wanted).has_value());
    CHECK(ports.admin->set_email(wanted.id, std::nullopt).error().errc == Errc::user_not_found);
    CHECK((*ports.accounts->find(wanted.id))->email == "only@example.org");
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
    CHECK(ports.roles->list_roles(std::nullopt, 10)->front().users == 0);
    CHECK(ports.admin->remove(id).error().errc == Errc::user_not_found);
    sign_up(ports, "ada");
}

TEST_CASE_TEMPLATE("granting and revoking take effect, and tell what they changed", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const UserId id = sign_up(ports, "ada");
    database.insert_role("editor");
    database.insert_role("reviewer");
    const std::vector<Text> both{text("editor"), text("reviewer")};
    CHECK(*ports.admin->grant(id, {text("editor")}) == std::vector{text("editor")});
    CHECK(*ports.admin->grant(id, both) == std::vector{text("reviewer")});
    CHECK(ports.admin->grant(id, both)->empty());
    CHECK(roles_of(ports, id) == std::vector<std::string>{"editor", "reviewer", "user"});
    CHECK(*ports.admin->revoke(id, {text("reviewer")}) == std::vector{text("reviewer")});
    CHECK(*ports.admin->revoke(id, both) == std::vector{text("editor")});
    CHECK(ports.admin->revoke(id, both)->empty());
    CHECK(roles_of(ports, id) == std::vector<std::string>{"user"});
    CHECK(database.audited("role-granted").size() == 2);
    CHECK(database.audited("role-revoked").size() == 2);
}

TEST_CASE_TEMPLATE("of several roles none is changed where one does not exist", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const UserId id = sign_up(ports, "ada");
    database.insert_role("editor");
    const auto granted = ports.admin->grant(id, {text("editor"), text("nothing")});
    CHECK(granted.error().errc == Errc::role_not_found);
    CHECK(granted.error().log_detail.find("nothing") != std::string::npos);
    CHECK(ports.admin->revoke(id, {text("user"), text("nothing")}).error().errc ==
          Errc::role_not_found);
    CHECK(roles_of(ports, id) == std::vector<std::string>{"user"});
    CHECK(database.audited("role-granted").empty());
    CHECK(database.audited("role-revoked").empty());
}

TEST_CASE_TEMPLATE("unknown users and roles are reported as such", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const UserId id = sign_up(ports, "ada");
    const UserId nobody = new_id();
    CHECK(ports.admin->set_active(nobody, true).error().errc == Errc::user_not_found);
    CHECK(ports.admin->set_password(nobody, text("x")).error().errc == Errc::user_not_found);
    CHECK(ports.admin->rename(nobody, text("x")).error().errc == Errc::user_not_found);
    CHECK(ports.admin->set_email(nobody, std::nullopt).error().errc == Errc::user_not_found);
    CHECK(ports.admin->remove(nobody).error().errc == Errc::user_not_found);
    CHECK(ports.admin->grant(nobody, {text("user")}).error().errc == Errc::user_not_found);
    CHECK(ports.admin->revoke(nobody, {text("user")}).error().errc == Errc::user_not_found);
    CHECK(ports.admin->grant(id, {text("nothing")}).error().errc == Errc::role_not_found);
    CHECK(ports.admin->revoke(id, {text("nothing")}).error().errc == Errc::role_not_found);
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
    const auto roles = ports.roles->list_roles(std::nullopt, 10);
    REQUIRE(roles.has_value());
    std::vector<std::string> names;
    for (const RoleRow& role : *roles) {
        names.push_back(role.name);
        CHECK(role.users == (role.name == "user" ? 1 : 0));
    }
    CHECK(names == std::vector<std::string>{"B", "a", "b", "user", "ä"});
    const auto found = ports.roles->list_roles(text("b"), 1);
    REQUIRE(found->size() == 1);
    CHECK(found->front().name == "B");
    CHECK(ports.roles->list_roles(text("b"), 10)->size() == 2);
    CHECK(ports.roles->list_roles(text("%"), 10)->empty());
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
    REQUIRE(ports.admin->revoke(id, {text("user")}).has_value());
    CHECK(ports.roles->remove_role(text("user")).has_value());
    CHECK(ports.roles->list_roles(std::nullopt, 10)->empty());
}

}  // namespace
}  // namespace signet::test
