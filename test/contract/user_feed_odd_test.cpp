#include "contract/feed_bench.hpp"

#include <doctest/doctest.h>
#include <signal.h>

#include <chrono>
#include <exception>
#include <thread>

// Changes of users beside what other people do to the same database.
namespace signet::test {
namespace {

using namespace std::chrono_literals;
using Bench = FeedBench;

// A transaction that has written and goes on until it is ended from outside.
class OldTransaction {
public:
    explicit OldTransaction(const std::string& url) : url_(url), thread_([url] { hold(url); }) {
        const std::string held =
            "select count(*) from pg_stat_activity where application_name = 'old'"
            " and wait_event = 'PgSleep' and datname = current_database()";
        while (run_sql(url_, held).at(0).at(0) == "0") {
            std::this_thread::sleep_for(20ms);
        }
    }
    ~OldTransaction() {
        run_sql(url_,
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'old' and datname = current_database()");
    }
    OldTransaction(const OldTransaction&) = delete;
    OldTransaction& operator=(const OldTransaction&) = delete;

private:
    static void hold(const std::string& url) {
        try {
            run_sql(url + "&application_name=old",
                    "begin; select pg_current_xact_id(); select pg_sleep(30); commit");
        } catch (const std::exception&) {
            return;  // ended by the destructor
        }
    }

    std::string url_;
    std::jthread thread_;
};

std::string count_of(const Bench& bench) {
    return run_sql(bench.room.url(), "select count(*) from signet.user_change").at(0).at(0).value();
}

}  // namespace

TEST_CASE("an old transaction that goes on makes nothing be told twice, nor kept for ever") {
    Bench bench;
    const OldTransaction old(bench.room.url());
    store::PgUserFeed feed(bench.room.options(), {.kept = 1s, .prune_interval = 0s});
    read(feed);
    run_sql(bench.room.url(), "update \"user\" set active = false" + of(kAda));
    CHECK(read(feed) == kOnlyAda);
    CHECK(read(feed) == kNothing);
    std::this_thread::sleep_for(1100ms);
    read(feed);
    read(feed);
    CHECK(count_of(bench) == "0");
}

TEST_CASE("an upsert of roles that changes none of them is not told") {
    Bench bench;
    const std::string upsert =
        "insert into role (name) values ('editor') on conflict (name) do update set name = "
        "excluded.name";
    CHECK(bench.after(upsert) == kNothing);
    CHECK(bench.after("update role set name = name where false") == kNothing);
    CHECK(bench.after("delete from role where name = 'nobody has this'") == kNothing);
}

TEST_CASE("a column of a type without an equality operator is compared by its bytes") {
    Bench bench;
    run_sql(bench.room.url(), "alter table \"user\" add column odd json");
    read(bench.feed);
    CHECK(bench.after("update \"user\" set odd = '\"\\u0000\"'" + of(kAda)) == kOnlyAda);
    CHECK(bench.after("update \"user\" set last_login_at = now()" + of(kAda)) == kNothing);
    CHECK(bench.after("update \"user\" set odd = '1'" + of(kAda)) == kOnlyAda);
}

TEST_CASE("a user whose id changes is told under both ids") {
    Bench bench;
    const std::string other = "00000000-0000-4000-8000-00000000000e";
    const News news = bench.after("update \"user\" set id = '" + other + "'" + of(kBob));
    CHECK(news.users.size() == 2);
}

TEST_CASE("serializable transactions about different users do not get into each other's way") {
    Bench bench;
    const auto change = [&](const char* id) {
        return "begin isolation level serializable; update \"user\" set default_role = 'x'" +
               of(id) + "; select signet.claims_changed('" + id +
               "'); select pg_sleep(0.4);"
               " update \"user\" set default_role = 'y'" +
               of(id) + "; commit";
    };
    // By primary key, not by a scan of the table, which would be a conflict of their own making.
    run_sql(bench.room.url(),
            "alter database " +
                run_sql(bench.room.url(), "select quote_ident(current_database())")
                    .at(0)
                    .at(0)
                    .value() +
                " set enable_seqscan = off");
    bool failed = false;
    {
        std::jthread other([&] {
            try {
                run_sql(bench.room.url(), change(kBob));
            } catch (const std::exception&) {
                failed = true;
            }
        });
        CHECK_NOTHROW(run_sql(bench.room.url(), change(kAda)));
    }
    CHECK_FALSE(failed);
    CHECK(read(bench.feed) == News{false, {kAda, kBob}});
}

TEST_CASE("after a crash of PostgreSQL, which forgets the changes, everybody has changed") {
    Bench bench;
    bench.feed.wait(10ms);
    CHECK(read(bench.feed) == kNothing);
    const auto victim =
        run_sql(bench.room.url() + "&application_name=victim",
                "update \"user\" set active = false" + of(kAda) + " returning pg_backend_pid()");
    const auto other = run_sql(bench.room.url(),
                               "select pid from pg_stat_activity where query ilike 'listen%'"
                               " and datname = current_database()");
    REQUIRE(victim.size() == 1);
    REQUIRE(::kill(std::stoi(other.at(0).at(0).value()), SIGKILL) == 0);
    bool told = false;
    for (int i = 0; i < 100 && !told; ++i) {
        const auto news = bench.feed.read();
        told = news.has_value() && news->everybody;
        std::this_thread::sleep_for(100ms);
    }
    CHECK(told);
}

}  // namespace signet::test
