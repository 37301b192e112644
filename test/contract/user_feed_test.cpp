#include "contract/feed_bench.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

namespace signet::test {
namespace {

using namespace std::chrono_literals;
using Bench = FeedBench;

constexpr const char* kListeners =
    "select pid from pg_stat_activity where query ilike 'listen%' and datname = current_database()";

}  // namespace

TEST_CASE("the first look is about everybody, and a second one about nobody") {
    Bench bench;
    CHECK(read(bench.feed) == kNothing);
}

TEST_CASE("each change by SQL that matters is told once, for the user whom it is about") {
    Bench bench;
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
        CHECK(bench.after(sql) == kOnlyAda);
        CHECK(read(bench.feed) == kNothing);
    }
}

TEST_CASE("what says nothing about roles and claims is not told") {
    Bench bench;
    CHECK(bench.after("update \"user\" set last_login_at = now(), updated_at = now()") == kNothing);
    CHECK(bench.after("update \"user\" set password = 'x'") == kNothing);
    CHECK(bench.after("update \"user\" set active = active") == kNothing);
    CHECK(bench.after("insert into \"user\" (username) values ('carol')") == kNothing);
    CHECK(bench.after("insert into role (name) values ('new')") == kNothing);
    CHECK(bench.after("begin; delete from user_role; rollback") == kNothing);
}

TEST_CASE("a new id of a user is told for the old and the new one") {
    Bench bench;
    run_sql(bench.room.url(), "delete from user_role");
    read(bench.feed);
    const std::string fresh = "00000000-0000-4000-8000-0000000000ff";
    CHECK(bench.after("update \"user\" set id = '" + fresh + "'" + of(kAda)) ==
          News{false, {kAda, fresh}});
}

TEST_CASE("changes of roles, emptied tables and large statements are about everybody") {
    Bench bench;
    CHECK(bench.after("update role set name = 'writer' where name = 'editor'") == kEverybody);
    CHECK(bench.after("delete from role where name = 'writer'").everybody);
    CHECK(bench.after("truncate user_role") == kEverybody);
    CHECK(bench.after("select signet.claims_changed(null)") == kEverybody);
    run_sql(bench.room.url(),
            "insert into \"user\" (username) select 'many' || n from "
            "generate_series(1, 101) n");
    CHECK(bench
              .after("update \"user\" set active = false where username in (select 'many' || n "
                     "from generate_series(1, 100) n)")
              .users.size() == 100);
    CHECK(bench.after("update \"user\" set active = null where username like 'many%'") ==
          kEverybody);
    CHECK(bench.after("truncate \"user\" cascade") == kEverybody);
}

TEST_CASE("a session that ends before its time is told, and nothing else about sessions is") {
    Bench bench;
    const auto add = [&](const std::string& until) {
        return bench.after(
            "insert into signet.session (id, user_id, sealed_key, device, idle_until,"
            " absolute_until, sweep_at) values (gen_random_uuid(), '" +
            std::string(kAda) + "', 'v1.x', '', " + until + ", now() + '2d', now())");
    };
    CHECK(add("now() + '1h'") == kNothing);
    CHECK(bench.after("update signet.session set idle_until = now() + '2h', generation = 7") ==
          kNothing);
    CHECK(bench.after("update signet.session set idle_until = now() + '1m'") == kOnlyAda);
    CHECK(bench.after("delete from signet.session") == kOnlyAda);
    CHECK(add("now() - interval '1s'") == kNothing);
    CHECK(bench.after("delete from signet.session") == kNothing);
    CHECK(add("now() + '1h'") == kNothing);
    CHECK(bench.after("update \"user\" set active = false" + of(kAda)) == kOnlyAda);
    CHECK(bench.after("truncate signet.session") == kEverybody);
}

TEST_CASE("many statements of one transaction are told once each user") {
    Bench bench;
    std::string sql = "begin;";
    for (int i = 0; i < 50; ++i) {
        sql += "update \"user\" set default_role = '" + std::to_string(i) + "'" + of(kAda) + ";";
    }
    run_sql(bench.room.url(), sql + "commit");
    CHECK(run_sql(bench.room.url(), "select count(*) from signet.user_change where user_id = '" +
                                        std::string(kAda) +
                                        "' and xact = (select max(xact) from signet.user_change)")
              .at(0)
              .at(0) == "1");
    CHECK(read(bench.feed) == kOnlyAda);
}

TEST_CASE("a transaction that began first and commits last is not missed") {
    Bench bench;
    std::jthread slow([&] {
        run_sql(bench.room.url(), "begin; update \"user\" set active = false" + of(kAda) +
                                      "; select pg_sleep(0.6); commit");
    });
    std::this_thread::sleep_for(200ms);
    CHECK(bench.after("update \"user\" set active = false" + of(kBob)) == News{false, {kBob}});
    CHECK(read(bench.feed) == kNothing);
    slow.join();
    CHECK(read(bench.feed) == kOnlyAda);
}

TEST_CASE("rows of another time, as a restored dump holds, are left out") {
    Bench bench;
    CHECK(bench.after("insert into signet.user_change (xact) values ('99999999999')") == kNothing);
    CHECK(bench.after("update \"user\" set active = false" + of(kAda)) == kOnlyAda);
}

TEST_CASE("a wait ends at a change, long before its time") {
    Bench bench;
    bench.feed.wait(10ms);
    read(bench.feed);
    std::jthread other([&] {
        std::this_thread::sleep_for(100ms);
        run_sql(bench.room.url(), "update \"user\" set active = false" + of(kAda));
    });
    const auto began = std::chrono::steady_clock::now();
    while (read(bench.feed) == kNothing && std::chrono::steady_clock::now() - began < 9s) {
        bench.feed.wait(10s);
    }
    CHECK(std::chrono::steady_clock::now() - began < 3s);
}

TEST_CASE("after its listener was killed a replica takes everybody for changed") {
    Bench bench;
    bench.feed.wait(10ms);
    CHECK(read(bench.feed) == kNothing);
    run_sql(bench.room.url(),
            std::string("select pg_terminate_backend(pid) from (") + kListeners + ") l");
    const auto began = std::chrono::steady_clock::now();
    bool told = false;
    while (!told && std::chrono::steady_clock::now() - began < 5s) {
        bench.feed.wait(1s);
        told = read(bench.feed) == kEverybody;
    }
    CHECK(told);
    CHECK(read(bench.feed) == kNothing);
}

TEST_CASE("a replica that has not looked for too long takes everybody for changed") {
    PgRoom room;
    store::PgUserFeed feed(room.options(), {.gap_max = 0s});
    REQUIRE(read(feed) == kEverybody);
    std::this_thread::sleep_for(10ms);
    CHECK(read(feed) == kEverybody);
}

TEST_CASE("changes that every replica has seen are forgotten, and those of now are not") {
    PgRoom room;
    room.insert_user({.id = kAda, .username = "ada"});
    store::PgUserFeed feed(room.options(), {.kept = 1s, .prune_interval = 0s});
    read(feed);
    run_sql(room.url(), "update \"user\" set active = false");
    const auto count = [&] {
        return run_sql(room.url(), "select count(*) from signet.user_change").at(0).at(0);
    };
    REQUIRE(count() == "1");
    read(feed);
    CHECK(count() == "1");
    std::this_thread::sleep_for(1100ms);
    read(feed);
    read(feed);
    CHECK(count() == "0");
}

TEST_CASE("an outage is an error, and what comes after it is about everybody") {
    Bench bench;
    Cluster::shared().stop();
    const auto during = bench.feed.read();
    Cluster::shared().start();
    REQUIRE(!during.has_value());
    CHECK(during.error().errc == Errc::store_unavailable);
    bool told = false;
    for (int i = 0; i < 50 && !told; ++i) {
        const auto news = bench.feed.read();
        told = news.has_value() && news->everybody;
        std::this_thread::sleep_for(100ms);
    }
    CHECK(told);
}

}  // namespace signet::test
