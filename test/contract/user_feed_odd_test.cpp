#include "contract/feed_fixture.hpp"

#include <doctest/doctest.h>
#include <signal.h>

#include <chrono>
#include <exception>
#include <thread>

// Checks the feed of changed users under unusual activity of other clients of the database.
namespace signet::test {
namespace {

using namespace std::chrono_literals;

// A transaction that has written and stays open until another connection terminates it.
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
            return;  // the destructor has terminated it
        }
    }

    std::string url_;
    std::jthread thread_;
};

std::string count_of(const FeedFixture& fixture) {
    return run_sql(fixture.database.url(), "select count(*) from signet.user_change")
        .at(0)
        .at(0)
        .value();
}

}  // namespace

TEST_CASE("an old open transaction causes no change to be reported twice, or to be kept for ever") {
    FeedFixture fixture;
    const OldTransaction old(fixture.database.url());
    store::PgUserFeed feed(fixture.database.options(), {.kept = 1s, .prune_interval = 0s});
    read(feed);
    run_sql(fixture.database.url(), "update \"user\" set active = false" + of(kAda));
    CHECK(read(feed) == kOnlyAda);
    CHECK(read(feed) == kNothing);
    std::this_thread::sleep_for(1100ms);
    read(feed);
    read(feed);
    CHECK(count_of(fixture) == "0");
}

TEST_CASE("an upsert that changes no role is not reported") {
    FeedFixture fixture;
    const std::string upsert =
        "insert into role (name) values ('editor') on conflict (name) do update set name = "
        "excluded.name";
    CHECK(fixture.after(upsert) == kNothing);
    CHECK(fixture.after("update role set name = name where false") == kNothing);
    CHECK(fixture.after("delete from role where name = 'nobody has this'") == kNothing);
}

TEST_CASE("a column of a type without an equality operator is compared by its bytes") {
    FeedFixture fixture;
    run_sql(fixture.database.url(), "alter table \"user\" add column odd json");
    read(fixture.feed);
    CHECK(fixture.after("update \"user\" set odd = '\"\\u0000\"'" + of(kAda)) == kOnlyAda);
    CHECK(fixture.after("update \"user\" set last_login_at = now()" + of(kAda)) == kNothing);
    CHECK(fixture.after("update \"user\" set odd = '1'" + of(kAda)) == kOnlyAda);
}

TEST_CASE("a user whose id changes is reported under both ids") {
    FeedFixture fixture;
    const std::string other = "00000000-0000-4000-8000-00000000000e";
    const News news = fixture.after("update \"user\" set id = '" + other + "'" + of(kBob));
    CHECK(news.users.size() == 2);
}

TEST_CASE("serializable transactions about different users do not conflict") {
    FeedFixture fixture;
    const auto change = [&](const char* id) {
        return "begin isolation level serializable; update \"user\" set default_role = 'x'" +
               of(id) + "; select signet.claims_changed('" + id +
               "'); select pg_sleep(0.4);"
               " update \"user\" set default_role = 'y'" +
               of(id) + "; commit";
    };
    // Without scans of the table the rows are found by primary key. A scan would itself conflict.
    run_sql(fixture.database.url(),
            "alter database " +
                run_sql(fixture.database.url(), "select quote_ident(current_database())")
                    .at(0)
                    .at(0)
                    .value() +
                " set enable_seqscan = off");
    bool failed = false;
    {
        std::jthread other([&] {
            try {
                run_sql(fixture.database.url(), change(kBob));
            } catch (const std::exception&) {
                failed = true;
            }
        });
        CHECK_NOTHROW(run_sql(fixture.database.url(), change(kAda)));
    }
    CHECK_FALSE(failed);
    CHECK(read(fixture.feed) == News{false, {kAda, kBob}});
}

TEST_CASE("after a crash of PostgreSQL, which forgets the changes, everybody has changed") {
    FeedFixture fixture;
    fixture.feed.wait(10ms);
    CHECK(read(fixture.feed) == kNothing);
    const auto victim =
        run_sql(fixture.database.url() + "&application_name=victim",
                "update \"user\" set active = false" + of(kAda) + " returning pg_backend_pid()");
    const auto other = run_sql(fixture.database.url(),
                               "select pid from pg_stat_activity where query ilike 'listen%'"
                               " and datname = current_database()");
    REQUIRE(victim.size() == 1);
    REQUIRE(::kill(std::stoi(other.at(0).at(0).value()), SIGKILL) == 0);
    bool told = false;
    for (int i = 0; i < 100 && !told; ++i) {
        const auto news = fixture.feed.read();
        told = news.has_value() && news->everybody;
        std::this_thread::sleep_for(100ms);
    }
    CHECK(told);
}

}  // namespace signet::test
