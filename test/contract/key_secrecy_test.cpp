#include "contract/databases.hpp"
#include "contract/stored_keys.hpp"
#include "store/migrate.hpp"
#include "store/sql_fill.hpp"
#include "store/sql_text.hpp"
#include "support/postgres.hpp"
#include "support/printing.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>

namespace signet::test {
namespace {

std::string output_of(const std::string& command) {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
    std::string out;
    std::array<char, 4096> chunk{};
    while (const std::size_t n = std::fread(chunk.data(), 1, chunk.size(), pipe.get())) {
        out.append(chunk.data(), n);
    }
    return out;
}

// Brings a database to the state of the second migration, as a binary without signing keys left it.
void migrate_to_accounts(const std::string& url) {
    for (const auto& migration : store::sql::migrations) {
        if (migration.version > 2) {
            return;
        }
        run_sql(url + "&options=-c%20search_path%3Dpg_catalog",
                "begin; " + store::SqlNames({}).put_into(migration.text) +
                    "; insert into signet.migration (version, name, sha256) values (" +
                    std::to_string(migration.version) + ", " +
                    sql_literal(std::string(migration.name)) + ", " +
                    sql_literal(std::string(migration.sha256)) + "); commit");
    }
}

TEST_CASE("a dump of the database holds the sealed keys, and no private key") {
    const PgDatabase database;
    const auto home = store::make_key_home(database.options());
    REQUIRE(home->change(adding(active_key("one", home->load()->now_s))));
    StoredKey clear = next_key("two", home->load()->now_s);
    clear.private_part = "-----BEGIN PRIVATE KEY-----";
    CHECK(home->change(adding(clear)).error().errc == Errc::store_failed);
    const std::string dump =
        output_of(postgres_program("pg_dump") + " --data-only '" + database.url() + "'");
    CHECK(dump.find("sealed one") != std::string::npos);
    CHECK(dump.find("PRIVATE KEY") == std::string::npos);
}

TEST_CASE("a dump can be restored, and its keys are the same") {
    const PgDatabase database;
    const auto home = store::make_key_home(database.options());
    const std::int64_t now_s = home->load()->now_s;
    REQUIRE(home->change(becoming({active_key("one", now_s), retired_key("old", now_s + 900)})));
    const std::string copy = Cluster::shared().new_database();
    output_of(postgres_program("pg_dump") + " '" + database.url() + "' | " +
              postgres_program("psql") + " -q -v ON_ERROR_STOP=1 '" + copy + "' 2>&1");
    const auto restored = store::make_key_home({.dsn = copy});
    CHECK(restored->load()->keys == home->load()->keys);
    REQUIRE(restored->change(adding(next_key("two", now_s))));
    CHECK(restored->epoch().value() == 2);
}

TEST_CASE("another role sees nothing of the keys, the epoch and the audit trail") {
    const PgDatabase database;
    run_sql(database.url(),
            "drop role if exists contract_hasura; create role contract_hasura login;"
            "grant usage, create on schema public to contract_hasura;"
            "grant select, insert, update, delete on all tables in schema public"
            " to contract_hasura");
    std::string hasura = database.url();
    hasura.replace(hasura.find("postgres@"), 9, "contract_hasura@");
    CHECK(run_sql(hasura, "select from \"user\"").empty());
    for (const std::string table : {"signing_key", "session", "epoch", "audit", "migration"}) {
        CHECK_THROWS_WITH_AS(run_sql(hasura, "select from signet." + table),
                             doctest::Contains("permission denied for schema signet"),
                             std::runtime_error);
    }
    // This holds even if somebody grants it the schema, as Hasura's documentation asks for others.
    run_sql(database.url(), "grant usage on schema signet to contract_hasura");
    for (const std::string table : {"signing_key", "epoch", "audit"}) {
        CHECK_THROWS_WITH_AS(run_sql(hasura, "select from signet." + table),
                             doctest::Contains(("permission denied for table " + table).c_str()),
                             std::runtime_error);
    }
    CHECK_THROWS_WITH_AS(run_sql(hasura,
                                 "create temp table mine (); create trigger t after insert on mine"
                                 " execute function signet.bump_signing_key_epoch()"),
                         doctest::Contains("permission denied for function"), std::runtime_error);
    run_sql(database.url(), "drop owned by contract_hasura; drop role contract_hasura");
}

TEST_CASE("the migration of a database with accounts keeps every row of them") {
    const std::string url = Cluster::shared().new_database();
    migrate_to_accounts(url);
    run_sql(url,
            "insert into \"user\" (username, email, password) select 'u' || n, n || '@example.org',"
            " 'hash ' || n from generate_series(1, 100) n;"
            "insert into role (name) values ('user');"
            "insert into user_role (user_id, role_id) select u.id, r.id from \"user\" u, role r");
    const std::string everything =
        "select md5(string_agg(u::text || ur::text || r::text, '' order by u.id))"
        " from \"user\" u join user_role ur on ur.user_id = u.id join role r on r.id = ur.role_id";
    const auto before = run_sql(url, everything);
    const auto old_store = store::make_store({.dsn = url});
    CHECK(old_store->accounts().ping().error().errc == Errc::store_unavailable);

    const auto migrated = store::migrate({.dsn = url});
    REQUIRE(migrated.has_value());
    REQUIRE_FALSE(migrated->empty());
    CHECK(migrated->front().name == "0003_signing_keys");
    CHECK(run_sql(url, everything) == before);
    CHECK(run_sql(url, "select from \"user\"").size() == 100);
    CHECK(store::make_store({.dsn = url})->accounts().ping().has_value());
    CHECK(store::make_key_home({.dsn = url})->load()->keys.empty());
}

}  // namespace
}  // namespace signet::test
