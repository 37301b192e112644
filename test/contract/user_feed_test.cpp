#include "contract/feed_fixture.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

namespace signet::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kListeners =
    "select pid from pg_stat_activity where query ilike 'listen%' and datname = current_database()";

}  // namespace

TEST_CASE("the first read reports everybody, and the second one nobody") {
    FeedFixture fixture;
    CHECK(read(fixture.feed) == kNothing);
}

TEST_CASE("each relevant change by SQL is reported once, for its user") {
    FeedFixture fixture;
    const std::string ada = "'" + std::string(kAda) + "'";
    for (const std::string& sql : {
             std::string("update \"user\" set active = false") + of(kAda),
             std::string("update \"user\" set active = null") + of(kAda),
             std::string("update \"user\" set default_role = 'editor'") + of(kAda),
             std::string("update \"user\" set username = 'ada2'") + of(kAda),
             std::string("update \"user\" set metadata = '{\"org\": 7}'") + of(kAda),
             "delete from user_role where user_id = " + ada,
             "insert into user_role (user_id, role_id) select " + ada + ", id from role",
             "update user_role set role_id = role_id where user_id = " + ada,
             "select signet.claims_changed(" + ada + ")",
             std::string("delete from \"user\"") + of(kAda),
         }) {
        CAPTURE(sql);
        CHECK(fixture.after(sql) == kOnlyAda);
        CHECK(read(fixture.feed) == kNothing);
    }
}

TEST_CASE("changes that do not affect roles or claims are not reported") {
    FeedFixture fixture;
    CHECK(fixture.after("update \"user\" set last_login_at = now(), updated_at = now()") ==
          kNothing);
    CHECK(fixture.after("update \"user\" set password = 'x'") == kNothing);
    CHECK(fixture.after("update \"user\" set active = active") == kNothing);
    CHECK(fixture.after("insert into \"user\" (username) values ('carol')") == kNothing);
    CHECK(fixture.after("insert into role (name) values ('new')") == kNothing);
    CHECK(fixture.after("begin; delete from user_role; rollback") == kNothing);
}

TEST_CASE("a changed user id is reported for the old and the new id") {
    FeedFixture fixture;
    run_sql(fixture.database.url(), "delete from user_role");
    read(fixture.feed);
    const std::string fresh = "00000000-0000-4000-8000-0000000000ff";
    CHECK(fixture.after("update \"user\" set id = '" + fresh + "'" + of(kAda)) ==
          News{false, {kAda, fresh}});
}

TEST_CASE("changes of roles, emptied tables and large statements report everybody") {
    FeedFixture fixture;
    CHECK(fixture.after("update role set name = 'writer' where name = 'editor'") == kEverybody);
    CHECK(fixture.after("delete from role where name = 'writer'").everybody);
    CHECK(fixture.after("truncate user_role") == kEverybody);
    CHECK(fixture.after("select signet.claims_changed(null)") == kEverybody);
    run_sql(fixture.database.url(),
            "insert into \"user\" (username) select 'many' || n from "
            "generate_series(1, 101) n");
    CHECK(fixture
              .after("update \"user\" set active = false where username in (select 'many' || n "
                     "from generate_series(1, 100) n)")
              .users.size() == 100);
    CHECK(fixture.after("update \"user\" set active = null where username like 'many%'") ==
          kEverybody);
    CHECK(fixture.after("truncate \"user\" cascade") == kEverybody);
}

TEST_CASE("a session that ends early is reported, and no other change of sessions") {
    FeedFixture fixture;
    const auto add = [&](const std::string& until) {
        return fixture.after(
            "insert into signet.session (id, user_id, sealed_key, device, idle_until,"
            " absolute_until, sweep_at) values (gen_random_uuid(), '" +
            std::string(kAda) + "', 'v1.x', '', " + until + ", now() + '2d', now())");
    };
    CHECK(add("now() + '1h'") == kNothing);
    CHECK(fixture.after("update signet.session set idle_until = now() + '2h', generation = 7") ==
          kNothing);
    CHECK(fixture.after("update signet.session set idle_until = now() + '1m'") == kOnlyAda);
    CHECK(fixture.after("delete from signet.session") == kOnlyAda);
    CHECK(add("now() - interval '1s'") == kNothing);
    CHECK(fixture.after("delete from signet.session") == kNothing);
    CHECK(add("now() + '1h'") == kNothing);
    CHECK(fixture.after("update \"user\" set active = false" + of(kAda)) == kOnlyAda);
    CHECK(fixture.after("truncate signet.session") == kEverybody);
}

TEST_CASE("many statements of one transaction are reported once per user") {
    FeedFixture fixture;
    std::string sql = "begin;";
    for (int i = 0; i < 50; ++i) {
        sql += "update \"user\" set default_role = '" + std::to_string(i) + "'" + of(kAda) + ";";
    }
    run_sql(fixture.database.url(), sql + "commit");
    CHECK(run_sql(fixture.database.url(),
                  "select count(*) from signet.user_change where user_id = '" + std::string(kAda) +
                      "' and xact = (select max(xact) from signet.user_change)")
              .at(0)
              .at(0) == "1");
    CHECK(read(fixture.feed) == kOnlyAda);
}

TEST_CASE("a transaction that began first and commits last is not missed") {
    FeedFixture fixture;
    std::jthread slow([&] {
        run_sql(fixture.database.url(), "begin; update \"user\" set active = false" + of(kAda) +
                                            "; select pg_sleep(0.6); commit");
    });
    std::this_thread::sleep_for(200ms);
    CHECK(fixture.after("update \"user\" set active = false" + of(kBob)) == News{false, {kBob}});
    CHECK(read(fixture.feed) == kNothing);
    slow.join();
    CHECK(read(fixture.feed) == kOnlyAda);
}

TEST_CASE("rows of another time, which a restored dump may contain, are left out") {
    FeedFixture fixture;
    CHECK(fixture.after("insert into signet.user_change (xact) values ('99999999999')") ==
          kNothing);
    CHECK(fixture.after("update \"user\" set active = false" + of(kAda)) == kOnlyAda);
}

TEST_CASE("a wait ends at a change, long before its time-out") {
    FeedFixture fixture;
    fixture.feed.wait(10ms);
    read(fixture.feed);
    std::jthread other([&] {
        std::this_thread::sleep_for(100ms);
        run_sql(fixture.database.url(), "update \"user\" set active = false" + of(kAda));
    });
    const auto began = std::chrono::steady_clock::now();
    while (read(fixture.feed) == kNothing && std::chrono::steady_clock::now() - began < 9s) {
        fixture.feed.wait(10s);
    }
    CHECK(std::chrono::steady_clock::now() - began < 3s);
}

TEST_CASE("a replica whose listener was killed assumes that everybody has changed") {
    FeedFixture fixture;
    fixture.feed.wait(10ms);
    CHECK(read(fixture.feed) == kNothing);
    run_sql(fixture.database.url(),
            std::string("select pg_terminate_backend(pid) from (") + kListeners + ") l");
    const auto began = std::chrono::steady_clock::now();
    bool told = false;
    while (!told && std::chrono::steady_clock::now() - began < 5s) {
        fixture.feed.wait(1s);
        told = read(fixture.feed) == kEverybody;
    }
    CHECK(told);
    CHECK(read(fixture.feed) == kNothing);
}

TEST_CASE("a replica that has not read for too long assumes that everybody has changed") {
    PgDatabase database;
    store::PgUserFeed feed(database.options(), {.gap_max = 0s});
    REQUIRE(read(feed) == kEverybody);
    std::this_thread::sleep_for(10ms);
    CHECK(read(feed) == kEverybody);
}

TEST_CASE("changes that every replica has read are removed, and current ones are not") {
    PgDatabase database;
    database.insert_user({.id = kAda, .username = "ada"});
    store::PgUserFeed feed(database.options(), {.kept = 1s, .prune_interval = 0s});
    read(feed);
    run_sql(database.url(), "update \"user\" set active = false");
    const auto count = [&] {
        return run_sql(database.url(), "select count(*) from signet.user_change").at(0).at(0);
    };
    REQUIRE(count() == "1");
    read(feed);
    CHECK(count() == "1");
    std::this_thread::sleep_for(1100ms);
    read(feed);
    read(feed);
    CHECK(count() == "0");
}

TEST_CASE("a database that is read-only goes on telling of changes") {
    FeedFixture fixture;
    store::PgUserFeed feed(fixture.database.options(), {.kept = 0s, .prune_interval = 0s});
    REQUIRE(read(feed) == kEverybody);
    run_sql(fixture.database.url(), "alter system set default_transaction_read_only = on");
    run_sql(fixture.database.url(), "select pg_reload_conf(), pg_sleep(0.2)");
    for (int i = 0; i < 3; ++i) {
        const auto news = feed.read();
        CHECK_MESSAGE(news.has_value(), news.error().log_detail);
    }
    run_sql(fixture.database.url(), "alter system reset default_transaction_read_only");
    run_sql(fixture.database.url(), "select pg_reload_conf(), pg_sleep(0.2)");
    CHECK(read(feed) == kNothing);
}

TEST_CASE("an outage is an error, and the read after it reports everybody") {
    FeedFixture fixture;
    Cluster::shared().stop();
    const auto during = fixture.feed.read();
    Cluster::shared().start();
    REQUIRE(!during.has_value());
    CHECK(during.error().errc == Errc::store_unavailable);
    bool told = false;
    for (int i = 0; i < 50 && !told; ++i) {
        const auto news = fixture.feed.read();
        told = news.has_value() && news->everybody;
        std::this_thread::sleep_for(100ms);
    }
    CHECK(told);
}

}  // namespace signet::test
