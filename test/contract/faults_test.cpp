#include "contract/databases.hpp"
#include "store/pg.hpp"
#include "store/sql_text.hpp"
#include "store/store.hpp"
#include "support/commit_cutter.hpp"
#include "support/postgres.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

namespace signet::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

void kill_backends(const std::string& url) {
    run_sql(url,
            "select pg_terminate_backend(pid, 2000) from pg_stat_activity"
            " where application_name = 'signet' and datname = current_database()");
}

milliseconds elapsed(steady_clock::time_point since) {
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - since);
}

// Locks "user" from another session until it goes out of scope.
class TableLock {
public:
    explicit TableLock(const std::string& url) : url_(url), thread_([url] { hold(url); }) {
        const std::string held =
            "select count(*) from pg_locks where relation = '\"user\"'::regclass"
            " and mode = 'AccessExclusiveLock' and granted";
        while (run_sql(url_, held).at(0).at(0) == "0") {
            std::this_thread::sleep_for(milliseconds(20));
        }
    }
    ~TableLock() {
        run_sql(url_,
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'locker' and datname = current_database()");
    }
    TableLock(const TableLock&) = delete;
    TableLock& operator=(const TableLock&) = delete;

private:
    static void hold(const std::string& url) {
        try {
            run_sql(url + "&application_name=locker",
                    "begin; lock table \"user\"; select pg_sleep(20); commit");
        } catch (const std::exception&) {
            return;  // the destructor has terminated it
        }
    }

    std::string url_;
    std::jthread thread_;
};

// Returns the URL of the same database through `cutter`.
std::string through(const CommitCutter& cutter, const PgDatabase& database) {
    std::string url = Cluster::shared().tcp_url(database.url());
    const std::string port = ':' + std::to_string(Cluster::shared().port()) + '/';
    url.replace(url.find(port), port.size(), ':' + std::to_string(cutter.port()) + '/');
    return url + "?sslmode=disable";
}

TEST_CASE("after its backend was killed a store answers the very next call") {
    const PgDatabase database;
    const Ports ports = database.ports();
    const NewAccount wanted = new_account("ada");
    REQUIRE(create(*ports.sessions, wanted).has_value());
    for (int i = 0; i < 5; ++i) {
        kill_backends(database.url());
        CHECK((*ports.accounts->find(wanted.id)).has_value());
        kill_backends(database.url());
        CHECK(create(*ports.sessions, new_account("bob" + std::to_string(i))).has_value());
        kill_backends(database.url());
        CHECK(open(*ports.sessions, new_session(), {wanted.id, wanted.password_hash, {}}).value());
    }
    CHECK(ports.admin->list({}, std::nullopt, 100)->size() == 6);
}

TEST_CASE("after a break the settings of the connection are in force again") {
    const PgDatabase database;
    store::Connection connection({.dsn = database.url(), .prepare_queries = false});
    const store::sql::Query settings{"", R"(select current_setting('statement_timeout'),
        current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'),
        current_setting('search_path'), current_setting('TimeZone'),
        current_setting('client_encoding'), current_setting('application_name'))"};
    const store::Row expected{"2s", "1s", "5s", "pg_catalog, pg_temp", "UTC", "UTF8", "signet"};
    CHECK(connection.run(settings)->rows.at(0) == expected);
    kill_backends(database.url());
    CHECK(connection.run(settings)->rows.at(0) == expected);
}

TEST_CASE("a statement that a pooler took away costs a retry, also within a transaction") {
    const PgDatabase database;
    store::Connection connection(database.options());
    REQUIRE(connection.run(store::sql::server_encoding).has_value());
    int tries = 0;
    const auto done = connection.transact([&](store::Transaction& transaction) -> Result<void> {
        if (++tries == 1) {
            REQUIRE(transaction.run_script("deallocate all").has_value());
            const auto lost = transaction.run(store::sql::server_encoding);
            CHECK(lost.error().errc == Errc::store_unavailable);
            return lost.error();
        }
        const auto rows = transaction.run(store::sql::server_encoding);
        return rows ? Result<void>() : Result<void>(rows.error());
    });
    CHECK(done.has_value());
    CHECK(tries == 2);
}

TEST_CASE("without a pooler no transaction is given to another session") {
    const PgDatabase database;
    store::Connection connection(database.options());
    CHECK(connection.pools_transactions().value() == false);
}

TEST_CASE("with PostgreSQL stopped a store fails fast, and works soon after a restart") {
    const PgDatabase database;
    const Ports ports = database.ports();
    const NewAccount wanted = new_account("ada");
    REQUIRE(create(*ports.sessions, wanted).has_value());
    Cluster::shared().stop();

    const auto first = steady_clock::now();
    CHECK(ports.accounts->find(wanted.id).error().errc == Errc::store_unavailable);
    CHECK(elapsed(first) < milliseconds(3000));
    const auto second = steady_clock::now();
    for (int i = 0; i < 100; ++i) {
        CHECK(ports.accounts->find(wanted.id).error().errc == Errc::store_unavailable);
    }
    CHECK(elapsed(second) < milliseconds(300));
    CHECK(create(*ports.sessions, new_account("bob")).error().errc == Errc::store_unavailable);
    CHECK(ports.accounts->ping().error().errc == Errc::store_unavailable);

    Cluster::shared().start();
    const auto back = steady_clock::now();
    while (!ports.accounts->find(wanted.id) && elapsed(back) < milliseconds(5000)) {
        std::this_thread::sleep_for(milliseconds(20));
    }
    CHECK(elapsed(back) < milliseconds(2000));
    CHECK(create(*ports.sessions, new_account("bob")).has_value());
}

TEST_CASE("a locked table is a time-out, for reads and signups") {
    const PgDatabase database;
    const Ports ports = database.ports();
    REQUIRE(ports.accounts->ping().has_value());
    const TableLock lock(database.url());
    const auto begin = steady_clock::now();
    CHECK(ports.accounts->find(new_id()).error().errc == Errc::store_timeout);
    CHECK(create(*ports.sessions, new_account("ada")).error().errc == Errc::store_timeout);
    CHECK(elapsed(begin) < milliseconds(4000));
    CHECK(ports.accounts->ping().has_value());
}

TEST_CASE("a statement that takes too long is a time-out") {
    const PgDatabase database;
    store::Connection connection(
        {.dsn = database.url(), .timeouts = {.statement_ms = 100}, .prepare_queries = false});
    const auto slept = connection.run({"", "select pg_sleep(5)"});
    REQUIRE(slept.has_error());
    CHECK(slept.error().errc == Errc::store_timeout);
    CHECK(connection.last_sqlstate() == "57014");
}

TEST_CASE("a database that became read-only says so, and is used again once it is writable") {
    const PgDatabase database;
    const Ports ports = database.ports();
    REQUIRE(create(*ports.sessions, new_account("ada")).has_value());
    const std::string name =
        run_sql(database.url(), "select current_database()").at(0).at(0).value();
    run_sql(database.url(), "alter database " + name + " set default_transaction_read_only = on");
    kill_backends(database.url());
    CHECK(create(*ports.sessions, new_account("bob")).error().errc == Errc::store_read_only);
    CHECK(ports.accounts->find(new_id()).error().errc == Errc::store_read_only);

    run_sql(database.url() + "&options=-c%20default_transaction_read_only%3Doff",
            "alter database " + name + " reset default_transaction_read_only");
    std::this_thread::sleep_for(store::kReconnectPause + milliseconds(100));
    CHECK(create(*ports.sessions, new_account("dora")).has_value());
}

TEST_CASE("a write that meets a read-only transaction is store_read_only, and the next one works") {
    const PgDatabase database;
    const Ports ports = database.ports();
    run_sql(database.url(),
            "create sequence seen; create function refuse() returns trigger language plpgsql as $$"
            " begin if nextval('public.seen') = 1 then raise exception 'standby' using errcode = "
            "'25006';"
            " end if; return new; end $$; create trigger refuse before insert on \"user\""
            " for each row execute function refuse()");
    CHECK(create(*ports.sessions, new_account("ada")).error().errc == Errc::store_read_only);
    CHECK(create(*ports.sessions, new_account("ada")).has_value());
}

TEST_CASE("a signup whose answer to COMMIT was lost is found to have succeeded") {
    const PgDatabase database;
    CommitCutter cutter(Cluster::shared().port());
    const auto store = store::make_store({.dsn = through(cutter, database)});
    REQUIRE(store->accounts().ping().has_value());
    cutter.arm();
    const NewAccount wanted = new_account("ada");
    REQUIRE(create(store->sessions(), wanted).has_value());
    CHECK(cutter.cuts() == 1);
    const auto created = *store->accounts().find(wanted.id);
    REQUIRE(created.has_value());
    CHECK(created->id == wanted.id);
    CHECK(created->roles == std::vector<std::string>{"user"});
    CHECK(store->account_admin().list({}, std::nullopt, 10)->size() == 1);
}

TEST_CASE("other changes whose answer to COMMIT was lost are in doubt") {
    const PgDatabase database;
    CommitCutter cutter(Cluster::shared().port());
    const auto store = store::make_store({.dsn = through(cutter, database)});
    REQUIRE(store->accounts().ping().has_value());
    cutter.arm();
    CHECK(store->role_admin().create_role(text("x")).error().errc == Errc::store_in_doubt);
    CHECK(cutter.cuts() == 1);
}

TEST_CASE("a signup that broke during COMMIT and left nothing is unavailable, not in doubt") {
    const PgDatabase database;
    run_sql(database.url(),
            "create function die() returns trigger language plpgsql as $$ begin"
            " perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(1); return null;"
            " end $$; create constraint trigger die after insert on \"user\""
            " deferrable initially deferred for each row execute function die()");
    const Ports ports = database.ports();
    const NewAccount wanted = new_account("ada");
    CHECK(create(*ports.sessions, wanted).error().errc == Errc::store_unavailable);
    CHECK_FALSE((*ports.accounts->find(wanted.id)).has_value());
}

TEST_CASE("an error of PostgreSQL keeps its SQLSTATE, and no row or parameter") {
    const PgDatabase database;
    run_sql(database.url(), "alter table \"user\" add secret_rule text not null");
    const auto created = create(*database.ports().sessions, new_account("very-private"));
    REQUIRE(created.has_error());
    CHECK(created.error().errc == Errc::store_failed);
    CHECK(created.error().log_detail.find("23502") != std::string::npos);
    CHECK(created.error().log_detail.find("very-private") == std::string::npos);
    CHECK(created.error().log_detail.find("argon2id") == std::string::npos);
}

TEST_CASE("a unique index of the operator's that refuses every signup is a lasting fault") {
    const PgDatabase database;
    run_sql(database.url(),
            "insert into \"user\" (username) values ('first');"
            "alter table \"user\" add badge text unique default 'the same'");
    const auto checked = store::make_store(database.options())->check(Text::from("user"));
    REQUIRE(checked.has_error());
    CHECK(checked.error().kind == store::MigrateError::Kind::unusable);
    CHECK(checked.error().message.find("23505") != std::string::npos);
}

TEST_CASE("a name that SQL inserts while a signup runs is refused as taken, not as an error") {
    const PgDatabase database;
    const std::jthread other([&] {
        run_sql(database.url(),
                "begin; insert into \"user\" (username) values ('ADA');"
                " select pg_sleep(0.5); commit");
    });
    const std::string sleeping =
        "select count(*) from pg_stat_activity where wait_event = 'PgSleep'"
        " and datname = current_database()";
    while (run_sql(database.url(), sleeping).at(0).at(0) == "0") {
        std::this_thread::sleep_for(milliseconds(10));
    }
    const auto created = create(*database.ports().sessions, new_account("Ada"));
    REQUIRE(created.has_error());
    CHECK(created.error().errc == Errc::username_taken);
}

}  // namespace
}  // namespace signet::test
