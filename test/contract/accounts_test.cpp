#include "contract/databases.hpp"
#include "support/postgres.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace signet::test {
namespace {

constexpr auto kId = "0f3b0c7e-3a51-4a0a-9d39-0f6f2f1d0001";
constexpr auto kOtherId = "0f3b0c7e-3a51-4a0a-9d39-0f6f2f1d0002";

std::optional<Account> find(const Ports& ports, std::string_view name,
                            NameKind kind = NameKind::username) {
    const auto found = ports.accounts->find(LoginName{kind, text(name)});
    REQUIRE(found.has_value());
    return *found;
}

TEST_CASE_TEMPLATE("a created account is found by name, by address and by id", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const NewAccount wanted = new_account("Ada.Lovelace", "Ada@Example.org");
    REQUIRE(create(*ports.sessions, wanted).has_value());

    for (const auto& account :
         {find(ports, "Ada.Lovelace"), find(ports, "Ada@Example.org", NameKind::email),
          *ports.accounts->find(wanted.id)}) {
        REQUIRE(account.has_value());
        CHECK(account->id == wanted.id);
        CHECK(account->username == "Ada.Lovelace");
        CHECK(account->email == "Ada@Example.org");
        CHECK(account->password_hash == "$argon2id$first");
        CHECK(account->active);
        CHECK(account->roles == std::vector<std::string>{"user"});
        CHECK_FALSE(account->default_role.has_value());
        CHECK(account->created_at_s > 1'700'000'000);
        CHECK_FALSE(account->last_login_at_s.has_value());
    }
}

TEST_CASE_TEMPLATE("an unknown name, address or id finds nobody, without an error", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    REQUIRE(create(*ports.sessions, new_account("ada", "ada@example.org")).has_value());
    CHECK_FALSE(find(ports, "bob").has_value());
    CHECK_FALSE(find(ports, "ada", NameKind::email).has_value());
    CHECK_FALSE(find(ports, "ada@example.org", NameKind::username).has_value());
    CHECK_FALSE(find(ports, "").has_value());
    CHECK_FALSE(find(ports, "a%").has_value());
    CHECK_FALSE(ports.accounts->find(new_id())->has_value());
}

TEST_CASE_TEMPLATE("a name is found without regard to ASCII case only", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    database.insert_user({.id = kId, .username = "Zoë", .email = "Zoë@Example.org"});
    CHECK(find(ports, "zOë").has_value());
    CHECK(find(ports, "ZOë@EXAMPLE.ORG", NameKind::email).has_value());
    CHECK_FALSE(find(ports, "zoË").has_value());
}

TEST_CASE_TEMPLATE("an exact match wins over one that differs by case", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    database.insert_user({.id = kId, .username = "Bob", .email = "B@x.org"});
    database.insert_user({.id = kOtherId, .username = "bob", .email = "b@x.org"});
    CHECK(find(ports, "Bob")->id.str() == kId);
    CHECK(find(ports, "bob")->id.str() == kOtherId);
    CHECK(find(ports, "B@x.org", NameKind::email)->id.str() == kId);
    CHECK(find(ports, "b@x.org", NameKind::email)->id.str() == kOtherId);
}

TEST_CASE("an exact match wins even if the columns compare without regard to case") {
    PgDatabase database;
    database.insert_user({.id = kId, .username = "Bob", .email = "B@x.org"});
    database.insert_user({.id = kOtherId, .username = "bob", .email = "b@x.org"});
    run_sql(database.url(),
            "create collation caseless (provider = icu, locale = 'und-u-ks-level2', "
            "deterministic = false);"
            "alter table \"user\" alter username type text collate caseless, "
            "alter email type text collate caseless");
    const Ports ports = database.ports();
    CHECK(find(ports, "bob")->id.str() == kOtherId);
    CHECK(find(ports, "b@x.org", NameKind::email)->id.str() == kOtherId);
}

TEST_CASE_TEMPLATE("a name that matches several accounts, but none exactly, finds nobody", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    database.insert_user({.id = kId, .username = "Bob", .email = "same@x.org"});
    database.insert_user({.id = kOtherId, .username = "bob", .email = "same@x.org"});
    CHECK_FALSE(find(ports, "BOB").has_value());
    CHECK_FALSE(find(ports, "same@x.org", NameKind::email).has_value());
}

TEST_CASE_TEMPLATE("an account without names, password, activity or roles is read as such",
                   Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    database.insert_user({.id = kId, .username = "ghost", .active = std::nullopt});
    database.insert_user({.id = kOtherId, .active = false, .default_role = "editor"});
    const auto ghost = find(ports, "ghost");
    REQUIRE(ghost.has_value());
    CHECK_FALSE(ghost->active);
    CHECK(ghost->password_hash.empty());
    CHECK_FALSE(ghost->email.has_value());
    CHECK(ghost->roles.empty());
    const auto nameless = ports.accounts->find(UserId::parse(kOtherId).value());
    REQUIRE((nameless.has_value() && nameless->has_value()));
    CHECK_FALSE((*nameless)->username.has_value());
    CHECK_FALSE((*nameless)->active);
    CHECK((*nameless)->default_role == "editor");
}

TEST_CASE_TEMPLATE("a role granted by SQL is in the next answer", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const NewAccount wanted = new_account("ada");
    REQUIRE(create(*ports.sessions, wanted).has_value());
    CHECK(find(ports, "ada")->roles == std::vector<std::string>{"user"});
    database.insert_role("editor");
    database.insert_user_role(wanted.id.str(), "editor");
    auto roles = find(ports, "ada")->roles;
    std::sort(roles.begin(), roles.end());
    CHECK(roles == std::vector<std::string>{"editor", "user"});
}

TEST_CASE_TEMPLATE("role names come back byte for byte", Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    database.insert_user({.id = kId, .username = "ada"});
    std::vector<std::string> names{"\"quoted\"",     "a,b",     "{a,b}", "it's",  "back\\slash",
                                   "NULL",           " space ", "",      "naïve", "👩‍🚀",
                                   "tab\tnew\nline", "(1,2)",   "%s $1"};
    for (const std::string& name : names) {
        database.insert_role(name);
        database.insert_user_role(kId, name);
    }
    auto found = find(ports, "ada")->roles;
    std::sort(found.begin(), found.end());
    std::sort(names.begin(), names.end());
    CHECK(found == names);
}

TEST_CASE_TEMPLATE("a name or address that is taken, in whatever case, is refused", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    REQUIRE(create(*ports.sessions, new_account("Ada", "ada@example.org")).has_value());
    CHECK(create(*ports.sessions, new_account("aDA")).error().errc == Errc::username_taken);
    CHECK(create(*ports.sessions, new_account("bob", "ADA@example.ORG")).error().errc ==
          Errc::email_taken);
    CHECK(create(*ports.sessions, new_account("ADA", "ada@example.org")).error().errc ==
          Errc::username_taken);
    CHECK_FALSE(find(ports, "bob").has_value());
    // A refused signup leaves nothing behind that would block a later one.
    CHECK(create(*ports.sessions, new_account("bob", "bob@example.org")).has_value());
}

TEST_CASE_TEMPLATE("an account may have an address and no name, and no role", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    NewAccount wanted = new_account("x", "only@example.org");
    wanted.username = std::nullopt;
    wanted.role = std::nullopt;
    REQUIRE(create(*ports.sessions, wanted).has_value());
    const auto created = *ports.accounts->find(wanted.id);
    REQUIRE(created.has_value());
    CHECK_FALSE(created->username.has_value());
    CHECK(created->roles.empty());
    NewAccount second = new_account("x", "second@example.org");
    second.username = std::nullopt;
    CHECK(create(*ports.sessions, second).has_value());
}

TEST_CASE_TEMPLATE("a signup creates its role only if the table lacks it", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    REQUIRE(create(*ports.sessions, new_account("ada")).has_value());
    REQUIRE(create(*ports.sessions, new_account("bob")).has_value());
    const auto roles = ports.roles->list_roles(std::nullopt, 10);
    REQUIRE(roles.has_value());
    REQUIRE(roles->size() == 1);
    CHECK(roles->front().name == "user");
    CHECK(roles->front().users == 2);
}

TEST_CASE_TEMPLATE("exactly one of eight concurrent signups with one name wins", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    std::atomic<int> won{0};
    std::atomic<int> taken{0};
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
            const Ports ports = database.ports();
            const auto created = create(
                *ports.sessions, new_account(i % 2 == 0 ? "racer" : "RACER", "racer@example.org"));
            if (created) {
                ++won;
            } else if (created.error().errc == Errc::username_taken) {
                ++taken;
            }
        });
    }
    threads.clear();
    CHECK(won == 1);
    CHECK(taken == 7);
}

TEST_CASE_TEMPLATE("eight concurrent signups with different names all succeed", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    std::atomic<int> won{0};
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
            const Ports ports = database.ports();
            won += create(*ports.sessions, new_account("racer" + std::to_string(i))) ? 1 : 0;
        });
    }
    threads.clear();
    CHECK(won == 8);
    CHECK(database.ports().roles->list_roles(std::nullopt, 10)->size() == 1);
}

TEST_CASE_TEMPLATE("a ready store reports that it is ready", Database, FakeDatabase, PgDatabase) {
    Database database;
    CHECK(database.ports().accounts->ping().has_value());
}

}  // namespace
}  // namespace signet::test
