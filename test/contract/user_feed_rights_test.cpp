#include "contract/feed_fixture.hpp"
#include "store/migrate.hpp"

#include <doctest/doctest.h>

#include <string>

namespace signet::test {
namespace {}  // namespace

TEST_CASE("a role without rights in schema signet can still change the tables, and sees nothing") {
    FeedFixture fixture;
    const std::string url = fixture.database.url();
    run_sql(url,
            "drop role if exists feed_hasura; create role feed_hasura;"
            "grant select, insert, update, delete on \"user\", role, user_role to feed_hasura");
    const std::string as = "set role feed_hasura; ";
    CHECK(fixture.after(as + "update \"user\" set active = false" + of(kAda)) == kOnlyAda);
    CHECK(fixture.after(as + "delete from user_role") == kOnlyAda);
    CHECK(fixture.after(as + "delete from role").everybody);
    CHECK_THROWS(run_sql(url, as + "select * from signet.user_change"));
    CHECK_THROWS(run_sql(url, as + "select signet.claims_changed(null)"));
    run_sql(url,
            "grant usage on schema signet to feed_hasura;"
            "grant execute on function signet.claims_changed(uuid) to feed_hasura");
    CHECK(fixture.after(as + "select signet.claims_changed('" + kAda + "')") == kOnlyAda);
    CHECK_THROWS(run_sql(url, as + "select * from signet.user_change"));
    CHECK_THROWS(run_sql(url, as + "select signet.note_changed_users(null)"));
    run_sql(url, "drop owned by feed_hasura; drop role feed_hasura");
}

TEST_CASE("functions that another role puts into the search_path are not called") {
    FeedFixture fixture;
    const std::string url = fixture.database.url();
    run_sql(url,
            "create function public.array_position(anyarray, anyelement) returns int language "
            "plpgsql as $$ begin raise 'called'; end $$");
    CHECK(fixture.after("set search_path = public, pg_catalog; update \"user\" set active = false" +
                        of(kAda)) == kOnlyAda);
}

TEST_CASE("the triggers fire even if ordinary triggers are disabled for replication") {
    FeedFixture fixture;
    CHECK(
        fixture.after("set session_replication_role = replica; update \"user\" set active = false" +
                      of(kAda)) == kOnlyAda);
}

TEST_CASE("an adopted database in a schema of another name reports its changes too") {
    const std::string url = Cluster::shared().new_database();
    run_sql(url,
            "create schema \"My App\"; create table \"My App\".\"user\" (id uuid primary key, "
            "username varchar(50), password varchar(100), active boolean, extra point);"
            "create table \"My App\".role (id uuid primary key, name varchar(50));"
            "create table \"My App\".user_role (id serial primary key, user_id uuid not null, "
            "role_id uuid not null);"
            "insert into \"My App\".\"user\" values ('" +
                std::string(kAda) + "', 'ada', 'x', true, point(1, 2))");
    const store::ConnectionOptions options{.dsn = url, .schema = "My App", .adopt = true};
    const auto migrated = store::migrate(options);
    REQUIRE_MESSAGE(migrated.has_value(), migrated.error().message);
    store::PgUserFeed feed(options);
    REQUIRE(read(feed) == kEverybody);
    run_sql(url, "update \"My App\".\"user\" set extra = point(3, 4)");
    CHECK(read(feed) == kOnlyAda);
    run_sql(url, "update \"My App\".\"user\" set password = 'y'");
    CHECK(read(feed) == kNothing);
}

}  // namespace signet::test
