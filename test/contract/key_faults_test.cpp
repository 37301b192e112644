#include "contract/databases.hpp"
#include "contract/stored_keys.hpp"
#include "store/pg.hpp"
#include "support/commit_cutter.hpp"
#include "support/postgres.hpp"
#include "support/printing.hpp"

#include <doctest/doctest.h>
#include <signal.h>

#include <thread>

namespace signet::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

milliseconds elapsed(steady_clock::time_point since) {
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - since);
}

void kill_backends(const std::string& url) {
    run_sql(url,
            "select pg_terminate_backend(pid, 2000) from pg_stat_activity"
            " where application_name = 'signet' and datname = current_database()");
}

std::string listeners(const std::string& url) {
    return run_sql(url,
                   "select count(*) from pg_stat_activity where query ilike 'listen%'"
                   " and datname = current_database()")
        .at(0)
        .at(0)
        .value();
}

// Returns the URL of the same database through `cutter`.
std::string through(const CommitCutter& cutter, const PgDatabase& database) {
    std::string url = Cluster::shared().tcp_url(database.url());
    const std::string port = ':' + std::to_string(Cluster::shared().port()) + '/';
    url.replace(url.find(port), port.size(), ':' + std::to_string(cutter.port()) + '/');
    return url + "?sslmode=disable";
}

std::string epoch_of(const PgDatabase& database) {
    return run_sql(database.url(), "select value from signet.epoch").at(0).at(0).value();
}

TEST_CASE("a key home whose connections were killed answers at once, and notices the next change") {
    const PgDatabase database;
    const auto home = store::make_key_home(database.options());
    const std::int64_t now_s = home->load()->now_s;
    home->wait(milliseconds(10));
    CHECK(listeners(database.url()) == "1");
    std::this_thread::sleep_for(store::kReconnectPause);
    kill_backends(database.url());
    CHECK(home->change(adding(active_key("one", now_s))));
    CHECK(home->epoch().value() == 1);

    home->wait(milliseconds(20'000));  // ends at the break
    home->wait(milliseconds(10));
    CHECK(listeners(database.url()) == "1");
    std::jthread later([&] {
        std::this_thread::sleep_for(milliseconds(200));
        run_sql(database.url(), "update signet.signing_key set activated_at = now()");
    });
    const auto begin = steady_clock::now();
    CHECK(home->wait(milliseconds(20'000)));
    CHECK(elapsed(begin) < milliseconds(5000));
}

TEST_CASE("a change made while nobody listened ends the next wait") {
    const PgDatabase database;
    const auto home = store::make_key_home(database.options());
    const std::int64_t now_s = home->load()->now_s;
    const auto other = store::make_key_home(database.options());
    REQUIRE(other->change(adding(active_key("one", now_s))));
    const auto begin = steady_clock::now();
    CHECK(home->wait(milliseconds(20'000)));
    CHECK(elapsed(begin) < milliseconds(5000));
}

TEST_CASE("with PostgreSQL stopped a key home waits out its time, and works soon after a restart") {
    const PgDatabase database;
    const auto home = store::make_key_home(database.options());
    REQUIRE(home->load().has_value());
    home->wait(milliseconds(10));
    Cluster::shared().stop();
    home->wait(milliseconds(20'000));  // ends at the break
    for (const int wait_ms : {100, 700}) {
        const auto begin = steady_clock::now();
        CHECK_FALSE(home->wait(milliseconds(wait_ms)));
        CHECK(elapsed(begin) >= milliseconds(wait_ms));
        CHECK(elapsed(begin) < milliseconds(wait_ms + 2000));
    }
    CHECK(home->load().error().errc == Errc::store_unavailable);
    CHECK(home->epoch().error().errc == Errc::store_unavailable);
    const auto refused =
        home->change([](const KeyView& view) { return KeyHome::Edit{view.keys, {}}; });
    CHECK(refused.error().errc == Errc::store_unavailable);

    Cluster::shared().start();
    std::this_thread::sleep_for(store::kReconnectPause);
    CHECK(home->load().has_value());
    home->wait(milliseconds(600));
    CHECK(listeners(database.url()) == "1");
}

TEST_CASE(
    "a key home whose listening backend hangs waits no longer than asked, and can be destroyed") {
    const PgDatabase database;
    auto home = store::make_key_home(database.options());
    home->wait(milliseconds(10));
    const std::string pid = run_sql(database.url(),
                                    "select pid from pg_stat_activity where query ilike 'listen%'"
                                    " and datname = current_database()")
                                .at(0)
                                .at(0)
                                .value();
    REQUIRE(kill(std::stoi(pid), SIGSTOP) == 0);
    const auto begin = steady_clock::now();
    home->wait(milliseconds(100));
    home.reset();
    const auto took = elapsed(begin);
    REQUIRE(kill(std::stoi(pid), SIGCONT) == 0);
    CHECK(took < milliseconds(5000));
}

TEST_CASE("a change whose answer to COMMIT was lost is found to have succeeded") {
    const PgDatabase database;
    CommitCutter cutter(Cluster::shared().port());
    const auto home = store::make_key_home({.dsn = through(cutter, database)});
    const std::int64_t now_s = home->load()->now_s;
    cutter.arm();
    CHECK(home->change(adding(active_key("one", now_s))));
    CHECK(cutter.cuts() == 1);
    CHECK(epoch_of(database) == "1");
}

TEST_CASE("a change that broke during COMMIT and left nothing is unavailable, not in doubt") {
    const PgDatabase database;
    run_sql(database.url(),
            "create function die() returns trigger language plpgsql as $$ begin"
            " perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(1); return null;"
            " end $$; create constraint trigger die after insert on signet.signing_key"
            " deferrable initially deferred for each row execute function die()");
    const auto home = store::make_key_home(database.options());
    int calls = 0;
    const auto changed = home->change([&](const KeyView& view) {
        ++calls;
        return adding(active_key("one", view.now_s))(view);
    });
    REQUIRE(changed.has_error());
    CHECK(changed.error().errc == Errc::store_unavailable);
    CHECK(calls == 1);
    CHECK(home->load()->keys.empty());
}

TEST_CASE("a change is not called twice if the connection breaks during it") {
    const PgDatabase database;
    const auto home = store::make_key_home(database.options());
    int calls = 0;
    const auto changed = home->change([&](const KeyView& view) {
        ++calls;
        kill_backends(database.url());
        return adding(active_key("one", view.now_s))(view);
    });
    REQUIRE(changed.has_error());
    CHECK(changed.error().errc == Errc::store_unavailable);
    CHECK(calls == 1);
    CHECK(home->load()->keys.empty());
}

TEST_CASE("a change that waits for another longer than the lock time-out fails with a time-out") {
    const PgDatabase database;
    const auto slow = store::make_key_home(database.options());
    auto options = database.options();
    options.timeouts.lock_ms = 100;
    const auto hasty = store::make_key_home(options);
    const auto nothing = [](const KeyView& view) { return KeyHome::Edit{view.keys, {}}; };
    REQUIRE(slow->change([&](const KeyView& view) {
        CHECK(hasty->change(nothing).error().errc == Errc::store_timeout);
        return KeyHome::Edit{view.keys, {}};
    }));
    CHECK(hasty->change(nothing));
}

TEST_CASE("after a fail-over that lost commits the same epoch with other keys counts as a change") {
    const PgDatabase database;
    const auto home = store::make_key_home(database.options());
    const std::int64_t now_s = home->load()->now_s;
    REQUIRE(home->change(adding(active_key("one", now_s))));
    const KeyView lost = *home->load();
    CHECK(home->epoch().value() == lost.epoch);
    // The standby never got that commit, and has reached the same epoch by another one.
    run_sql(database.url(),
            "begin; set local session_replication_role = replica; delete from signet.signing_key;"
            " update signet.epoch set value = value - 1; commit");
    const auto other = store::make_key_home(database.options());
    REQUIRE(other->change(adding(active_key("two", now_s))));
    CHECK(other->load()->epoch == lost.epoch);
    CHECK(home->epoch().value() != lost.epoch);
    const KeyView found = *home->load();
    CHECK(found.keys.at(0).life.kid == "two");
    CHECK(home->epoch().value() == found.epoch);
}

TEST_CASE("a key with a part that is no text is refused, and nothing is written") {
    const PgDatabase database;
    const auto home = store::make_key_home(database.options());
    const std::int64_t now_s = home->load()->now_s;
    StoredKey nul = active_key("one", now_s);
    nul.private_part = std::string("seal\0ed", 7);
    StoredKey no_utf8 = active_key("one", now_s);
    no_utf8.public_part = "\xff\xfe";
    for (const StoredKey& key : {nul, no_utf8}) {
        CHECK(home->change(adding(key)).error().errc == Errc::store_failed);
    }
    CHECK(epoch_of(database) == "0");
}

}  // namespace
}  // namespace signet::test
