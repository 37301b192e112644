#include "store/migrate.hpp"

#include "contract/databases.hpp"
#include "store/pg.hpp"
#include "store/sql_text.hpp"
#include "store/store.hpp"
#include "support/postgres.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace signet::test {
namespace {

TEST_CASE("an empty database is migrated once, and every migration is recorded") {
    const std::string url = Cluster::shared().new_database();
    const auto first = store::migrate({.dsn = url});
    REQUIRE(first.has_value());
    CHECK(first->size() == store::sql::migrations.size());
    const auto second = store::migrate({.dsn = url});
    REQUIRE(second.has_value());
    CHECK(second->empty());
    CHECK(run_sql(url, "select version, name, sha256 from signet.migration").size() ==
          store::sql::migrations.size());
}

TEST_CASE("a database that version 0.1.0 left becomes what a new one is, and keeps its rows") {
    const std::string url = Cluster::shared().new_database();
    run_sql(url, read_fixture("v0_1_0.sql"));
    const auto migrated = store::migrate({.dsn = url});
    REQUIRE_MESSAGE(migrated.has_value(), migrated.error().message);
    REQUIRE(migrated->size() == 6);
    CHECK(migrated->front().name == "0006_boundary");
    CHECK(migrated->back().name == "0011_living_session");
    const PgDatabase fresh;
    for (const char* what :
         {"select pg_get_functiondef(oid) from pg_proc where pronamespace = 'signet'::regnamespace"
          " order by oid::regprocedure::text",
          "select pg_get_triggerdef(oid), tgenabled from pg_trigger where not tgisinternal order "
          "by 1",
          "select indexdef from pg_indexes where schemaname in ('signet', 'public') order by 1",
          "select conrelid::regclass::text, pg_get_constraintdef(oid) from pg_constraint"
          " where conrelid <> 0 order by 1, 2",
          "select table_name, column_name, data_type, column_default, is_nullable"
          " from information_schema.columns where table_schema in ('signet', 'public')"
          " order by 1, 2"}) {
        CHECK_MESSAGE(run_sql(url, what) == run_sql(fresh.url(), what), std::string(what));
    }
    CHECK(run_sql(url, "select username from \"user\"").at(0).at(0) == "ada");
    CHECK(run_sql(url, "select db_role from signet.audit").at(0).at(0) == std::nullopt);
}

TEST_CASE("every function of schema signet fixes its own path") {
    const PgDatabase database;
    CHECK(
        run_sql(database.url(),
                "select oid::regprocedure from pg_proc where pronamespace = 'signet'::regnamespace"
                " and 'search_path=pg_catalog, pg_temp' <> all (coalesce(proconfig, '{}'))")
            .empty());
}

TEST_CASE("the status tells pending migrations from applied ones") {
    const std::string url = Cluster::shared().new_database();
    const auto before = store::migration_status({.dsn = url});
    REQUIRE(before.has_value());
    REQUIRE(before->size() == store::sql::migrations.size());
    for (const auto& row : *before) {
        CHECK_FALSE(row.applied_at.has_value());
    }
    REQUIRE(store::migrate({.dsn = url}).has_value());
    const auto after = store::migration_status({.dsn = url});
    REQUIRE(after.has_value());
    for (const auto& row : *after) {
        CHECK(row.applied_at.value_or("").ends_with("Z"));
    }
    CHECK(after->front().name == "0001_migration_record");
}

TEST_CASE("eight concurrent migrations of an empty database all succeed") {
    for (int round = 0; round < 5; ++round) {
        const std::string url = Cluster::shared().new_database();
        std::atomic<int> succeeded{0};
        std::atomic<std::size_t> applied{0};
        std::vector<std::jthread> threads;
        threads.reserve(8);
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&] {
                const auto migrated = store::migrate({.dsn = url});
                if (migrated) {
                    ++succeeded;
                    applied += migrated->size();
                } else {
                    MESSAGE(migrated.error().message);
                }
            });
        }
        threads.clear();
        CHECK(succeeded == 8);
        CHECK(applied == store::sql::migrations.size());
    }
}

TEST_CASE(
    "a database that is up to date is found so while somebody else holds the migration lock") {
    const PgDatabase database;
    store::Connection other(database.options());
    const auto done = other.transact([&](store::Transaction& transaction) -> Result<void> {
        REQUIRE(transaction.run(store::sql::migration_lock).has_value());
        const auto migrated = store::migrate(database.options());
        REQUIRE(migrated.has_value());
        CHECK(migrated->empty());
        return {};
    });
    CHECK(done.has_value());
}

TEST_CASE("a migration that was altered after it was applied is refused") {
    const PgDatabase database;
    run_sql(database.url(), "update signet.migration set sha256 = 'other' where version = 1");
    const auto migrated = store::migrate(database.options());
    REQUIRE(migrated.has_error());
    CHECK(migrated.error().kind == store::MigrateError::Kind::unusable);
    CHECK(migrated.error().message.find("0001_migration_record was altered") != std::string::npos);
}

TEST_CASE("a schema newer than the binary is refused by migrate, and served by an older replica") {
    const PgDatabase database;
    run_sql(database.url(), "insert into signet.migration values (9999, '9999_future', 'x')");
    const auto migrated = store::migrate(database.options());
    REQUIRE(migrated.has_error());
    CHECK(migrated.error().kind == store::MigrateError::Kind::unusable);
    CHECK(migrated.error().message.find("9999_future") != std::string::npos);
    CHECK(database.ports().accounts->ping().has_value());
    CHECK(store::migration_status(database.options())->back().version == 9999);
}

TEST_CASE("a store is not ready before its database is migrated, and is soon after") {
    const std::string url = Cluster::shared().new_database();
    const auto store = store::make_store({.dsn = url});
    CHECK(store->accounts().ping().error().errc == Errc::store_unavailable);
    REQUIRE(store::migrate({.dsn = url}).has_value());
    std::this_thread::sleep_for(store::kReconnectPause);
    CHECK(store->accounts().ping().has_value());
}

TEST_CASE("a store is not ready when the newest migration is missing") {
    const PgDatabase database;
    run_sql(database.url(),
            "delete from signet.migration where version ="
            " (select max(version) from signet.migration)");
    const auto pong = database.ports().accounts->ping();
    REQUIRE(pong.has_error());
    CHECK(pong.error().errc == Errc::store_unavailable);
    CHECK(pong.error().log_detail.find("migrate") != std::string::npos);
}

TEST_CASE("a database in another encoding than UTF8 is refused") {
    const std::string url = Cluster::shared().new_database("template0 encoding 'LATIN1'");
    const auto migrated = store::migrate({.dsn = url});
    REQUIRE(migrated.has_error());
    CHECK(migrated.error().kind == store::MigrateError::Kind::unusable);
    CHECK(migrated.error().message.find("UTF8") != std::string::npos);
}

TEST_CASE("missing rights are an error that names them, and PostgreSQL away is another kind") {
    const std::string url = Cluster::shared().new_database();
    run_sql(url, "drop role if exists contract_guest; create role contract_guest login");
    std::string guest = url;
    guest.replace(guest.find("postgres@"), 9, "contract_guest@");
    const auto refused = store::migrate({.dsn = guest});
    REQUIRE(refused.has_error());
    CHECK(refused.error().kind == store::MigrateError::Kind::unusable);
    CHECK(refused.error().message.find("permission denied") != std::string::npos);
    run_sql(url, "drop role contract_guest");

    const auto away = store::migrate({.dsn = "postgres://u:p@127.0.0.1:1/none"});
    REQUIRE(away.has_error());
    CHECK(away.error().kind == store::MigrateError::Kind::unavailable);
}

TEST_CASE("a migration that fails for a reason that may pass is unavailable, not unusable") {
    const std::string url = Cluster::shared().new_database();
    const auto fail_with = [&](const std::string& sqlstate) {
        run_sql(url,
                "create or replace function fail() returns event_trigger language plpgsql as "
                "$$ begin raise exception 'as told' using errcode = '" +
                    sqlstate + "'; end $$");
    };
    fail_with("58030");
    run_sql(url,
            "create event trigger fail on ddl_command_start when tag in ('CREATE TABLE') "
            "execute function fail()");
    const auto passing = store::migrate({.dsn = url});
    REQUIRE(passing.has_error());
    CHECK(passing.error().kind == store::MigrateError::Kind::unavailable);
    fail_with("42501");
    const auto lasting = store::migrate({.dsn = url});
    REQUIRE(lasting.has_error());
    CHECK(lasting.error().kind == store::MigrateError::Kind::unusable);
}

TEST_CASE("an unusable DATABASE_URL is refused without a look at the network") {
    const auto migrated = store::migrate({.dsn = "postgres://u:p@h/d?nonsense=1"});
    REQUIRE(migrated.has_error());
    CHECK(migrated.error().kind == store::MigrateError::Kind::unusable);
    CHECK(migrated.error().message.starts_with("DATABASE_URL: "));
}

}  // namespace
}  // namespace signet::test
