#include "contract/databases.hpp"
#include "store/migrate.hpp"
#include "support/postgres.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

// Checks sessions while other clients change the database by SQL.
namespace signet::test {
namespace {

constexpr SessionPolicy kPolicy{.idle_s = 1000, .absolute_s = 1500, .grace_s = 30};

struct SignedUp {
    NewAccount account = new_account("ada");
    NewSession session = new_session(kPolicy);
    explicit SignedUp(const Ports& ports) {
        REQUIRE(create(*ports.sessions, account, session).has_value());
    }
};

TEST_CASE("plain SQL that makes a user inactive ends its sessions, whoever runs it") {
    PgDatabase database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    run_sql(database.url(),
            "drop role if exists contract_console; create role contract_console login;"
            "grant usage on schema public to contract_console;"
            "grant select, update, delete on \"user\", user_role to contract_console");
    std::string console = database.url();
    console.replace(console.find("postgres@"), 9, "contract_console@");
    CHECK_THROWS_AS(run_sql(console, "select from signet.session"), std::runtime_error);
    run_sql(console, "update \"user\" set metadata = '{}', active = true");
    CHECK(ports.sessions->find(ada.session.id)->has_value());
    run_sql(console, "update \"user\" set active = null");
    CHECK_FALSE(ports.sessions->find(ada.session.id)->has_value());
    run_sql(console, "update \"user\" set active = true");
    CHECK_FALSE(ports.sessions->find(ada.session.id)->has_value());
}

TEST_CASE(
    "the view of living sessions has the ids of those that live, and only who was granted reads "
    "it") {
    PgDatabase database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    const std::string url = database.url();
    const auto living = [&url] { return run_sql(url, "select id::text from living_session"); };
    REQUIRE(living().size() == 1);
    CHECK(living().at(0).size() == 1);
    CHECK(living().at(0).at(0) == ada.session.id.str());
    for (const char* change : {"delete from living_session", "update living_session set id = id",
                               "insert into living_session values (gen_random_uuid())"}) {
        CAPTURE(change);
        CHECK_THROWS_AS(run_sql(url, change), std::runtime_error);
    }
    database.age_session(ada.session.id, kPolicy.idle_s + 1);
    CHECK(living().empty());
}

TEST_CASE("default privileges of an operator open the view of living sessions to nobody") {
    const std::string url = Cluster::shared().new_database();
    run_sql(url,
            "alter default privileges in schema public grant select, delete on tables to public");
    REQUIRE(store::migrate({.dsn = url}).has_value());
    CHECK(run_sql(url,
                  "select from pg_class c, aclexplode(c.relacl) x where c.relname = "
                  "'living_session' and x.grantee <> c.relowner")
              .empty());
}

TEST_CASE("a trigger that makes new users inactive leaves the account for review") {
    PgDatabase database;
    run_sql(database.url(),
            "create function wait_for_approval() returns trigger language plpgsql as"
            " $$ begin new.active := false; return new; end $$;"
            "create trigger approval before insert on \"user\" for each row"
            " execute function wait_for_approval()");
    const Ports ports = database.ports();
    const NewAccount ada = new_account("ada");
    const auto transaction = ports.sessions->begin({}).value();
    REQUIRE(transaction->create_account(ada).has_value());
    REQUIRE(transaction->open_session(ada.id, new_session(kPolicy)).has_value());
    CHECK_FALSE(transaction->read_account(ada.id)->active);
    REQUIRE(transaction->commit().has_value());
    CHECK((*ports.accounts->find(ada.id)).has_value());
}

TEST_CASE_TEMPLATE("a signup or login that is not committed leaves nothing behind", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const NewSession session = new_session(kPolicy);
    const NewAccount ada = new_account("ada");
    const auto check_read = [&](AccountTransaction& transaction) {
        const auto read = transaction.read_account(ada.id);
        REQUIRE(read.has_value());
        CHECK(read->roles == std::vector<std::string>{"user"});
        CHECK(read->claims->value().empty());
    };
    {
        const auto signup = ports.sessions->begin({}).value();
        REQUIRE(signup->create_account(ada).has_value());
        REQUIRE(signup->open_session(ada.id, session).has_value());
        check_read(*signup);
    }
    CHECK_FALSE((*ports.accounts->find(ada.id)).has_value());
    CHECK(ports.roles->list_roles(std::nullopt, 10)->empty());
    REQUIRE(create(*ports.sessions, ada).has_value());
    {
        const auto login = ports.sessions->begin({}).value();
        REQUIRE(login->note_login({ada.id, ada.password_hash, {}}).value());
        REQUIRE(login->open_session(ada.id, session).has_value());
        check_read(*login);
    }
    CHECK_FALSE((*ports.sessions->find(session.id)).has_value());
    CHECK_FALSE((*ports.accounts->find(ada.id))->last_login_at_s.has_value());
}

TEST_CASE("plain SQL that deletes a user deletes its sessions") {
    PgDatabase database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    run_sql(database.url(), "delete from \"user\"");
    CHECK(run_sql(database.url(), "select from signet.session").empty());
}

TEST_CASE("many refreshes add neither rows nor index entries") {
    PgDatabase database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    for (std::uint32_t i = 0; i < 300; ++i) {
        REQUIRE(ports.sessions->rotate(ada.session.id, i, kPolicy)->has_value());
    }
    CHECK(run_sql(database.url(), "select from signet.session").size() == 1);
    // An update of a column that no index holds can stay within its page (HOT).
    const auto indexed =
        run_sql(database.url(),
                "select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid"
                " where i.indrelid = 'signet.session'::regclass and (a.attnum = any(i.indkey)"
                " or pg_get_expr(i.indpred, i.indrelid) like '%' || a.attname || '%')"
                " and a.attname in ('generation', 'rotated_at', 'last_used_at', 'idle_until')");
    CHECK(indexed.empty());
    const auto size = run_sql(database.url(), "select pg_total_relation_size('signet.session')");
    CHECK(std::stol(size.at(0).at(0).value()) <= 32 * 8192);
}

TEST_CASE("a password that is set while a login commits ends the session of that login too") {
    PgDatabase database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    std::jthread login([url = database.url()] {
        run_sql(url,
                "begin; update \"user\" set last_login_at = now();"
                "create temp table late on commit drop as select * from signet.session;"
                "update late set id = gen_random_uuid();"
                "insert into signet.session select * from late; select pg_sleep(0.6); commit");
    });
    const std::string waiting =
        "select count(*) from pg_stat_activity where wait_event = 'PgSleep'"
        " and datname = current_database()";
    while (run_sql(database.url(), waiting).at(0).at(0) == "0") {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    REQUIRE(ports.admin->set_password(ada.account.id, text("another")).has_value());
    CHECK(run_sql(database.url(), "select from signet.session").empty());
}

TEST_CASE("a sweep postpones a session that was refreshed meanwhile, and skips locked ones") {
    PgDatabase database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    run_sql(database.url(), "update signet.session set sweep_at = now() - interval '1 second'");
    const auto swept = ports.maintenance->sweep(10).value();
    CHECK(swept.looked_at == 1);
    CHECK(swept.removed == 0);
    CHECK(ports.maintenance->sweep(10)->looked_at == 0);
    run_sql(database.url(), "update signet.session set sweep_at = now() - interval '1 second'");
    std::jthread other([url = database.url()] {
        run_sql(url, "begin; select from signet.session for update; select pg_sleep(1); commit");
    });
    bool stepped_aside = false;
    for (int i = 0; i < 80 && !stepped_aside; ++i) {
        run_sql(database.url(), "select pg_sleep(0.01)");
        stepped_aside = run_sql(database.url(),
                                "select 1 from pg_stat_activity where wait_event = 'PgSleep' and "
                                "query like 'begin;%'")
                            .size() == 1;
    }
    REQUIRE(stepped_aside);
    CHECK(ports.maintenance->sweep(10)->looked_at == 0);
}

}  // namespace
}  // namespace signet::test
