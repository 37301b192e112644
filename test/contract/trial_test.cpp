#include "contract/databases.hpp"
#include "store/store.hpp"
#include "support/postgres.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace signet::test {
namespace {

using Kind = store::MigrateError::Kind;

// SQL for a trigger that runs `body` and fires as `fires` says.
std::string trigger(const std::string& body, const std::string& fires) {
    return "create function public.spoil() returns trigger language plpgsql as $$ begin " + body +
           " end $$; create " + fires + " for each row execute function public.spoil()";
}

// Returns what the trial says about a new database that `change` has been made to.
store::MigrateResult<std::vector<store::ForeignObject>> try_after(const std::string& change) {
    const PgDatabase database;
    run_sql(database.url(), change);
    return store::make_store(database.options())->check(text("user"));
}

void check_error(const std::string& change, Kind kind, const std::string& word) {
    CAPTURE(change);
    const auto checked = try_after(change);
    REQUIRE(checked.has_error());
    CHECK(checked.error().kind == kind);
    CHECK_MESSAGE(checked.error().message.find(word) != std::string::npos, checked.error().message);
}

TEST_CASE("what would fail for every user is found by the trial, and lasts") {
    check_error("alter table \"user\" add tenant int not null", Kind::unusable, "\"tenant\"");
    check_error("alter table user_role add since date not null", Kind::unusable, "\"since\"");
    check_error("alter table role add rank int not null", Kind::unusable, "\"rank\"");
    check_error(trigger("raise exception 'not today';", "trigger t before insert on \"user\""),
                Kind::unusable, "not today");
    check_error(trigger("raise exception 'not today';", "trigger t before update on \"user\""),
                Kind::unusable, "not today");
    check_error(trigger("raise exception 'at the end';",
                        "constraint trigger t after insert on \"user\" initially deferred"),
                Kind::unusable, "at the end");
}

TEST_CASE("a signup that only the first user survives is found by the trial, and lasts") {
    check_error(
        "insert into \"user\" (username) values ('ada');"
        "alter table \"user\" add tenant text unique default 'one'",
        Kind::unusable, "user_tenant_key");
}

TEST_CASE("what a trigger drops or changes in silence is found by the trial, and lasts") {
    check_error(trigger("return null;", "trigger t before insert on \"user\""), Kind::unusable,
                "\"user\"");
    check_error(trigger("return null;", "trigger t before update on \"user\""), Kind::unusable,
                "a change of a row of the table \"user\"");
    check_error(trigger("return null;", "trigger t before insert on user_role"), Kind::unusable,
                "user_role");
    check_error(trigger("return null;", "trigger t before insert on role"), Kind::unusable, "role");
    check_error(trigger("new.password := md5(new.password); return new;",
                        "trigger t before insert on \"user\""),
                Kind::unusable, "the column password");
}

TEST_CASE("what fails for a reason that may pass is tried again") {
    check_error(trigger("raise exception 'no room' using errcode = '53100';",
                        "trigger t before insert on \"user\""),
                Kind::unavailable, "no room");
}

TEST_CASE("the trial takes a database that makes new users inactive, and leaves no row") {
    const PgDatabase database;
    run_sql(database.url(),
            trigger("new.active := false; return new;", "trigger t before insert on \"user\""));
    CHECK(store::make_store(database.options())->check(text("user")).has_value());
    CHECK(run_sql(database.url(), "select from \"user\"").empty());
    CHECK(run_sql(database.url(), "select from role").empty());
}

TEST_CASE("a service does not work with the tables of somebody else") {
    const PgDatabase database;
    run_sql(database.url(),
            "create schema shop; create table shop.\"user\" (like \"user\" including all);"
            "create table shop.role (like role including all);"
            "create table shop.user_role (like user_role including all)");
    store::ConnectionOptions options = database.options();
    options.schema = "shop";
    const auto checked = store::make_store(options)->check(text("user"));
    REQUIRE(checked.has_error());
    CHECK(checked.error().kind == Kind::unusable);
    CHECK(checked.error().message.find("AUTH_DATABASE_SCHEMA") != std::string::npos);
}

TEST_CASE("the addresses from which Signet is connected are counted without the one who asks") {
    const PgDatabase database;
    const auto one = store::make_store(database.options());
    CHECK(one->count_client_addresses().value() == 0);
    const auto other = store::make_store(database.options());
    REQUIRE(other->accounts().ping().has_value());
    CHECK(one->count_client_addresses().value() == 1);
}

}  // namespace
}  // namespace signet::test
