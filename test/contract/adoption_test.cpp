#include "contract/databases.hpp"
#include "store/migrate.hpp"
#include "store/store.hpp"
#include "support/postgres.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

namespace signet::test {
namespace {

std::string one_value(const std::string& url, const std::string& sql) {
    return run_sql(url, sql).at(0).at(0).value_or("NULL");
}

// Returns the URL of a database as the original service left it.
std::string left_database() {
    std::string url = Cluster::shared().new_database();
    run_sql(url, read_fixture("pp_schema.sql"));
    return url;
}

std::optional<Account> find(store::Store& store, std::string_view name) {
    const auto found = store.accounts().find(LoginName{NameKind::username, text(name)});
    REQUIRE(found.has_value());
    return *found;
}

TEST_CASE("a database of the original service is adopted, and nobody loses an account") {
    const std::string url = left_database();
    const std::string all_users =
        "select string_agg(concat_ws('|', id, username, password, active, created_at), ','"
        " order by id) from \"user\"";
    const std::string before = one_value(url, all_users);
    const auto migrated = store::migrate({.dsn = url});
    REQUIRE_MESSAGE(migrated.has_value(), migrated.error().message);
    CHECK(one_value(url, all_users) == before);
    CHECK(one_value(url, "select count(*) from knex_migrations") == "1");
    CHECK(one_value(url, "select count(*) from role") == "2");

    const auto store = store::make_store({.dsn = url});
    const auto alice = find(*store, "alice");
    REQUIRE(alice.has_value());
    CHECK(alice->active);
    CHECK(alice->password_hash.starts_with("$2a$10$"));
    CHECK(alice->roles == std::vector<std::string>{"editor"});
    CHECK(alice->created_at_s == 1568116800);
    CHECK_FALSE(find(*store, "a name with spaces")->active);
    CHECK_FALSE(find(*store, "carol")->active);
}

TEST_CASE("adopted names that differ by case only keep working") {
    const std::string url = left_database();
    REQUIRE(store::migrate({.dsn = url}).has_value());
    const auto store = store::make_store({.dsn = url});
    CHECK(find(*store, "alice")->id.str().ends_with("01"));
    CHECK(find(*store, "Alice")->id.str().ends_with("02"));
    CHECK_FALSE(find(*store, "ALICE").has_value());
    CHECK(create(store->sessions(), new_account("ALICE")).error().errc == Errc::username_taken);
    CHECK(create(store->sessions(), new_account("CAROL")).error().errc == Errc::username_taken);
}

TEST_CASE("if no unique index is possible, one of eight signups with one address wins") {
    const std::string url = left_database();
    run_sql(url, "alter table \"user\" add email text; update \"user\" set email = 'same@x.org'");
    REQUIRE(store::migrate({.dsn = url}).has_value());
    for (int round = 0; round < 5; ++round) {
        const std::string name = "racer" + std::to_string(round);
        std::atomic<int> won{0};
        std::latch connected(8);
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&, i] {
                const auto store = store::make_store({.dsn = url});
                const bool ready = store->accounts().ping().has_value();
                connected.arrive_and_wait();
                won += ready && create(store->sessions(),
                                       new_account(name + std::to_string(i), name + "@x.org"))
                           ? 1
                           : 0;
            });
        }
        threads.clear();
        CHECK(won == 1);
    }
}

TEST_CASE("an adopted database takes signups, by e-mail address alone too") {
    const std::string url = left_database();
    REQUIRE(store::migrate({.dsn = url}).has_value());
    const auto store = store::make_store({.dsn = url});
    NewAccount wanted = new_account("x", "new@example.org");
    wanted.username = std::nullopt;
    wanted.role = text("editor");
    REQUIRE(create(store->sessions(), wanted).has_value());
    const auto created = *store->accounts().find(wanted.id);
    REQUIRE(created.has_value());
    CHECK(created->roles == std::vector<std::string>{"editor"});
    CHECK(store->role_admin().create_role(text("third")).has_value());
}

TEST_CASE("in an adopted database plain SQL needs no id, and deleting a user takes its roles") {
    const std::string url = left_database();
    REQUIRE(store::migrate({.dsn = url}).has_value());
    run_sql(url, "insert into role (name) values ('by-sql')");
    run_sql(url,
            "insert into user_role (user_id, role_id) select u.id, r.id from \"user\" u, role r"
            " where u.username = 'Carol' and r.name = 'by-sql'");
    CHECK(find(*store::make_store({.dsn = url}), "Carol")->roles ==
          std::vector<std::string>{"by-sql"});
    run_sql(url, "delete from \"user\" where username = 'alice'");
    CHECK(one_value(url, "select count(*) from user_role where user_id::text like '%01'") == "0");
    run_sql(url, "delete from role where name = 'by-sql'");
}

TEST_CASE("a role cannot be given twice after adoption") {
    const std::string url = left_database();
    REQUIRE(store::migrate({.dsn = url}).has_value());
    CHECK_THROWS(run_sql(url,
                         "insert into user_role (user_id, role_id) select user_id, role_id"
                         " from user_role where user_id is not null and role_id is not null"));
}

TEST_CASE("the folded name is unique in the database where existing rows allow it") {
    const std::string url = left_database();
    run_sql(url, "delete from user_role where user_id::text like '%02'");
    run_sql(url, "delete from \"user\" where username = 'Alice'");
    REQUIRE(store::migrate({.dsn = url}).has_value());
    CHECK_THROWS(run_sql(url, "insert into \"user\" (username, password) values ('ALICE', 'x')"));
}

TEST_CASE("a password column that is too narrow for a PHC string is widened") {
    const std::string url = left_database();
    run_sql(url, "alter table \"user\" alter password type varchar(60)");
    REQUIRE(store::migrate({.dsn = url}).has_value());
    NewAccount wanted = new_account("ada");
    wanted.password_hash = text(std::string(200, 'x'));
    CHECK(create(store::make_store({.dsn = url})->sessions(), wanted).has_value());
}

TEST_CASE("a table whose id is no uuid is refused, and nothing is changed") {
    const std::string url = Cluster::shared().new_database();
    run_sql(url, "create table \"user\" (id serial primary key, username text)");
    const auto migrated = store::migrate({.dsn = url});
    REQUIRE(migrated.has_error());
    CHECK(migrated.error().kind == store::MigrateError::Kind::unusable);
    CHECK(
        migrated.error().message.starts_with("column \"id\" of table \"user\" has the type int4"));
    CHECK(one_value(url,
                    "select count(*) from information_schema.tables"
                    " where table_schema = 'public'") == "1");
    CHECK(one_value(url,
                    "select count(*) from information_schema.columns"
                    " where table_name = 'user'") == "2");
}

TEST_CASE("a column of an unusable type is refused") {
    const std::string url = left_database();
    run_sql(url, "alter table \"user\" add metadata text");
    const auto migrated = store::migrate({.dsn = url});
    REQUIRE(migrated.has_error());
    CHECK(migrated.error().message.find("\"metadata\"") != std::string::npos);
}

TEST_CASE("a view in the place of a table is refused") {
    const std::string url = Cluster::shared().new_database();
    run_sql(url, "create view role as select gen_random_uuid() as id, 'x'::text as name");
    const auto migrated = store::migrate({.dsn = url});
    REQUIRE(migrated.has_error());
    CHECK(migrated.error().message.find("\"role\" is not an ordinary table") != std::string::npos);
}

TEST_CASE("updated_at follows changes by SQL, but not the record of a login") {
    const PgDatabase database;
    const Ports ports = database.ports();
    const NewAccount wanted = new_account("ada");
    REQUIRE(create(*ports.sessions, wanted).has_value());
    run_sql(database.url(), "alter table \"user\" disable trigger signet_updated_at");
    run_sql(database.url(), "update \"user\" set updated_at = 'epoch'");
    run_sql(database.url(), "alter table \"user\" enable trigger signet_updated_at");
    const std::string is_old = "select updated_at < '2000-01-01' from \"user\"";
    REQUIRE(open(*ports.sessions, new_session(), {wanted.id, wanted.password_hash, {}}).value());
    CHECK(one_value(database.url(), is_old) == "t");
    run_sql(database.url(), "update \"user\" set metadata = '{\"a\": 1}'");
    CHECK(one_value(database.url(), is_old) == "f");
}

TEST_CASE("a role without rights on schema signet changes users, and cannot look into it") {
    const PgDatabase database;
    REQUIRE(create(*database.ports().sessions, new_account("ada")).has_value());
    run_sql(database.url(), "drop role if exists contract_hasura; create role contract_hasura");
    run_sql(database.url(), "grant select, update on \"user\" to contract_hasura");
    CHECK_NOTHROW(run_sql(database.url(),
                          "set role contract_hasura; update \"user\" set default_role = 'user'"));
    CHECK_THROWS(
        run_sql(database.url(), "set role contract_hasura; select * from signet.migration"));
    run_sql(database.url(), "drop owned by contract_hasura; drop role contract_hasura");
}

TEST_CASE("a schema with an awkward name is created and used") {
    const std::string url = Cluster::shared().new_database();
    const store::ConnectionOptions options{.dsn = url, .schema = "My \"odd\\ schema's"};
    const auto migrated = store::migrate(options);
    REQUIRE_MESSAGE(migrated.has_value(), migrated.error().message);
    CHECK(one_value(url,
                    "select table_schema from information_schema.tables"
                    " where table_name = 'user_role'") == options.schema);
    CHECK(create(store::make_store(options)->sessions(), new_account("ada")).has_value());
}

TEST_CASE("a database that was migrated for another schema is recognised") {
    const PgDatabase database;
    const auto migrated = store::migrate({.dsn = database.url(), .schema = "elsewhere"});
    REQUIRE(migrated.has_error());
    CHECK(migrated.error().kind == store::MigrateError::Kind::unusable);
    CHECK(migrated.error().message.find("AUTH_DATABASE_SCHEMA") != std::string::npos);
}

}  // namespace
}  // namespace signet::test
