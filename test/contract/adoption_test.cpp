#include "contract/databases.hpp"
#include "store/migrate.hpp"
#include "store/store.hpp"
#include "support/postgres.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <latch>
#include <string_view>
#include <thread>
#include <utility>
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

// Every object that is not PostgreSQL's own, and the columns of its tables.
std::string all_objects(const std::string& url) {
    return one_value(url,
                     "select string_agg(concat_ws(' ', c.oid::regclass, a.attname, a.atttypid,"
                     " a.attnotnull, a.atthasdef), ',' order by c.oid, a.attnum)"
                     " from pg_class c left join pg_attribute a on a.attrelid = c.oid"
                     " where c.oid >= 16384 and c.relnamespace <> 'pg_toast'::regnamespace") +
           one_value(url, "select count(*) from pg_namespace where nspname = 'signet'");
}

constexpr const char* kShop =
    "create table \"user\" (id serial primary key, name text not null, shop text not null)";
constexpr const char* kAlike =
    "create table \"user\" (id uuid primary key, username text, email text, password text,"
    " created_at timestamptz)";

TEST_CASE("tables of somebody else are left alone, whatever they look like, and are described") {
    const std::string roles =
        "create table role (id uuid primary key, name text);"
        "create table user_role (id uuid primary key, user_id uuid, role_id uuid)";
    const std::vector<std::pair<std::string, std::string>> cases{
        {kShop,
         "the table public.\"user\" (id integer instead of uuid; without active, created_at,"},
        {kShop, "also name text not null, shop text not null)"},
        {kAlike, "(without active, default_role, last_login_at, metadata, updated_at)"},
        {"create table role (id uuid primary key, name text, rank int)",
         "public.role (also rank integer)"},
        {"create table user_role (of_user int, of_role int)", "public.user_role (without id,"},
        {"create view \"user\" as select 'x' as id", "the view public.\"user\" (id text instead"},
        {"create table \"user\" (id uuid primary key, username text, password text, active bool,"
         " created_at timestamptz, shop text); " +
             roles,
         "without default_role, email, last_login_at, metadata, updated_at; also shop text)"},
        {"create domain uuid as int; create table \"user\" (id public.uuid, age public.uuid)",
         "(id public.uuid instead of uuid; without"},
        {"create domain uuid as int; create table \"user\" (id public.uuid, age public.uuid)",
         "also age public.uuid)"},
    };
    for (const auto& [made, said] : cases) {
        CAPTURE(made);
        const std::string url = Cluster::shared().new_database();
        run_sql(url, made);
        const std::string before = all_objects(url);
        const auto migrated = store::migrate({.dsn = url});
        REQUIRE(migrated.has_error());
        CHECK(migrated.error().kind == store::MigrateError::Kind::unusable);
        for (const std::string& words :
             {said, std::string("AUTH_DATABASE_SCHEMA"), std::string("AUTH_ADOPT=on")}) {
            CHECK_MESSAGE(migrated.error().message.find(words) != std::string::npos,
                          migrated.error().message);
        }
        CHECK(all_objects(url) == before);
    }
}

TEST_CASE(
    "columns that an operator added to the original service's table do not make it another's") {
    const std::string url = left_database();
    run_sql(url, "alter table \"user\" add shop text, add email text");
    CHECK(store::migrate({.dsn = url}).has_value());
}

TEST_CASE("eight processes that take the table of somebody else at once all succeed") {
    const std::string url = Cluster::shared().new_database();
    run_sql(url, kAlike);
    std::atomic<std::size_t> applied{0};
    std::atomic<int> succeeded{0};
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            const auto migrated = store::migrate({.dsn = url, .adopt = true});
            succeeded += migrated ? 1 : 0;
            applied += migrated ? migrated->size() : 0;
        });
    }
    threads.clear();
    CHECK(succeeded == 8);
    CHECK(applied > 0);
    CHECK(all_objects(url).find("user_role") != std::string::npos);
    CHECK(create(store::make_store({.dsn = url})->sessions(), new_account("ada")).has_value());
    CHECK(store::migrate({.dsn = url})->empty());
}

TEST_CASE("a table that cannot be taken is refused with its column, and nothing is changed") {
    const std::string url = Cluster::shared().new_database();
    run_sql(url, "create table \"user\" (id serial primary key, username text)");
    const std::string before = all_objects(url);
    for (const auto& error : {store::migrate({.dsn = url, .adopt = true}).error(),
                              store::plan_migration({.dsn = url}).error()}) {
        CHECK(error.kind == store::MigrateError::Kind::unusable);
        CHECK(error.message.starts_with("column \"id\" of table \"user\" has the type int4"));
    }
    CHECK(all_objects(url) == before);
}

std::vector<std::string> in_short(const store::MigrationPlan& plan) {
    std::vector<std::string> out;
    for (const store::CatalogChange& change : plan.changes) {
        out.push_back(change.action + ' ' + change.kind + ' ' + change.object + ": " +
                      change.before.value_or("") + " -> " + change.after.value_or(""));
    }
    return out;
}

bool has(const std::vector<std::string>& lines, std::string_view line) {
    return std::ranges::find(lines, line) != lines.end();
}

TEST_CASE("a plan has each change of an adoption, rows too, and makes none") {
    const std::string url = left_database();
    const std::string before = all_objects(url);
    const auto plan = store::plan_migration({.dsn = url});
    REQUIRE_MESSAGE(plan.has_value(), plan.error().message);
    CHECK(plan->of_others.empty());
    const auto lines = in_short(*plan);
    for (const char* line :
         {"add schema signet:  -> ", "add table signet.session:  -> ",
          "add column public.\"user\".email:  -> text",
          "alter column public.\"user\".username: character varying(255) not null -> "
          "character varying(255)",
          "alter column public.role.id: uuid not null -> uuid not null default gen_random_uuid()",
          "drop constraint public.user_role.user_role_user_id_fkey: FOREIGN KEY (user_id) "
          "REFERENCES public.\"user\"(id) -> ",
          "alter rows public.user_role: 0 added, 0 changed, 0 removed -> 0 added, 0 changed, 2 "
          "removed"}) {
        CHECK_MESSAGE(has(lines, line), std::string(line));
    }
    CHECK(std::ranges::none_of(
        lines, [](const std::string& line) { return line.starts_with("add column signet."); }));
    CHECK(all_objects(url) == before);
    CHECK(one_value(url, "select count(*) from user_role") == "5");
    REQUIRE(store::migrate({.dsn = url}).has_value());
    CHECK(store::plan_migration({.dsn = url})->changes.empty());
}

TEST_CASE("a plan names the tables of somebody else until they may be taken") {
    const std::string url = Cluster::shared().new_database();
    run_sql(url, kAlike);
    const auto plan = store::plan_migration({.dsn = url});
    REQUIRE(plan.has_value());
    CHECK(plan->of_others.find("public.\"user\"") != std::string::npos);
    CHECK(has(in_short(*plan), "add column public.\"user\".default_role:  -> text"));
    CHECK(store::plan_migration({.dsn = url, .adopt = true})->of_others.empty());
}

TEST_CASE("a plan for a database of version 0.1.0 has the functions that change") {
    const std::string url = Cluster::shared().new_database();
    run_sql(url, read_fixture("v0_1_0.sql"));
    const auto plan = store::plan_migration({.dsn = url});
    REQUIRE_MESSAGE(plan.has_value(), plan.error().message);
    const auto lines = in_short(*plan);
    CHECK(std::ranges::any_of(lines, [](const std::string& line) {
        return line.starts_with("alter function signet.user_changed(): CREATE");
    }));
    CHECK(has(lines, "add column signet.audit.db_role:  -> text default SESSION_USER"));
    CHECK(store::migration_status({.dsn = url})->back().applied_at == std::nullopt);
}

TEST_CASE("Signet's tables in one schema keep it from those of somebody else in another") {
    const std::string url = Cluster::shared().new_database();
    run_sql(url, kAlike);
    REQUIRE(store::migrate({.dsn = url, .schema = "identity"}).has_value());
    const std::string before = all_objects(url);
    run_sql(url, "delete from signet.migration where version > 6");
    for (const bool adopt : {false, true}) {
        const auto migrated = store::migrate({.dsn = url, .adopt = adopt});
        REQUIRE(migrated.has_error());
        CHECK(migrated.error().kind == store::MigrateError::Kind::unusable);
        CHECK(migrated.error().message.find("schema \"identity\"") != std::string::npos);
    }
    CHECK(all_objects(url) == before);
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
    const auto migrated = store::migrate({.dsn = url, .adopt = true});
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
