#include "contract/claims_fixture.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <utility>
#include <vector>

namespace signet::test {
namespace {

constexpr const char* kAda = kClaimant;

}  // namespace

TEST_CASE("a user is read with roles, without the password, and with what the function answered") {
    ClaimsFixture fixture;
    run_sql(fixture.database.url(), "update probe set v = '{\"x-hasura-org\": 7}'");
    const auto reading = fixture.read();
    REQUIRE(reading);
    REQUIRE(reading->account);
    CHECK(reading->account->roles.size() == 2);
    CHECK(reading->account->default_role == "editor");
    CHECK(reading->account->password_hash.empty());
    CHECK(reading->account->claims->value() ==
          CustomClaims{{"x-hasura-org", CustomClaim::From::number, "7"}});
}

TEST_CASE("the sessions that live are read with their end") {
    ClaimsFixture fixture;
    const std::string first = "00000000-0000-4000-8000-000000000001";
    for (const auto& [id, until] : std::vector<std::pair<std::string, std::string>>{
             {first, "now() + '1h'"},
             {"00000000-0000-4000-8000-000000000002", "now() + '2h'"},
             {"00000000-0000-4000-8000-000000000003", "now() - interval '1s'"}}) {
        run_sql(fixture.database.url(),
                "insert into signet.session (id, user_id, sealed_key, device, idle_until, "
                "absolute_until, sweep_at) values ('" +
                    id + "', '" + kAda + "', 'v1.x', '', " + until + ", now() + '1d', now())");
    }
    const auto reading = fixture.read();
    REQUIRE(reading);
    REQUIRE(reading->account->roles.size() == 2);
    REQUIRE(reading->sessions.size() == 2);
    UserNow user;
    user.sessions = reading->sessions;
    const LiveSession* found = user.find_session(Uuid::parse(first).value());
    REQUIRE(found != nullptr);
    const std::string seconds = run_sql(fixture.database.url(),
                                        "select ceil(extract(epoch from idle_until))::bigint from "
                                        "signet.session where id = '" +
                                            first + "'")
                                    .at(0)
                                    .at(0)
                                    .value();
    CHECK(std::to_string(found->until_s) == seconds);
}

TEST_CASE("if no function is configured, the claims are an empty object") {
    ClaimsFixture fixture("");
    CHECK(fixture.read()->account->claims->value().empty());
}

TEST_CASE("a user who is gone or inactive is read without a call of the function") {
    ClaimsFixture fixture;
    fixture.body("raise 'called';");
    run_sql(fixture.database.url(), "update \"user\" set active = null");
    auto reading = fixture.read();
    REQUIRE(reading);
    CHECK(!reading->account->active);
    CHECK(!reading->account->claims);
    run_sql(fixture.database.url(), "delete from \"user\"");
    reading = fixture.read();
    REQUIRE(reading);
    CHECK(!reading->account);
}

TEST_CASE("a function that fails, or answers more than one row, is claims_failed with the reason") {
    ClaimsFixture fixture;
    fixture.body("raise 'no such tenant';");
    auto reading = fixture.read();
    REQUIRE(!reading);
    CHECK(reading.error().errc == Errc::claims_failed);
    CHECK(reading.error().log_detail.find("no such tenant") != std::string::npos);
    fixture.body("return query select '{}'::jsonb from generate_series(1, 2);", "setof jsonb");
    CHECK(fixture.read().error().errc == Errc::claims_failed);
    fixture.body("return 1 / 0;");
    CHECK(fixture.read().error().errc == Errc::claims_failed);
    fixture.body("return '{}';");
    CHECK(fixture.read());
}

TEST_CASE("a missing function fails the queries that call it, and no others") {
    ClaimsFixture fixture("nowhere.to_be_found");
    const auto reading = fixture.read();
    CHECK(reading.error().errc == Errc::claims_failed);
    CHECK(reading.error().log_detail.find("nowhere") != std::string::npos);
    const auto ports = store::make_store(fixture.options);
    CHECK(ports->accounts().find(UserId::parse(kAda).value()));
    run_sql(fixture.database.url(),
            "create schema nowhere; create function nowhere.to_be_found(uuid) "
            "returns jsonb language sql as 'select ''{}''::jsonb'");
    CHECK(fixture.read());
}

TEST_CASE("a function is called by a name that needs quotes") {
    ClaimsFixture fixture(R"("Odd ""Schema""; --"."Claims Of")");
    run_sql(fixture.database.url(), R"(create schema "Odd ""Schema""; --"; create function )"
                                    R"("Odd ""Schema""; --"."Claims Of"(uuid) returns jsonb )"
                                    R"(language sql as 'select ''{"x-hasura-a": 1}''::jsonb')");
    const auto reading = fixture.read();
    REQUIRE_MESSAGE(reading.has_value(), reading.error().log_detail);
    CHECK(reading->account->claims->value() ==
          CustomClaims{{"x-hasura-a", CustomClaim::From::number, "1"}});
}

TEST_CASE(
    "a function that takes too long is ended at its own limit, and other statements are not") {
    ClaimsFixture fixture;
    fixture.options.claims_ms = 300;
    fixture.options.timeouts.statement_ms = 10'000;
    fixture.connection.emplace(fixture.options);
    fixture.body("perform pg_sleep(5); return '{}';");
    const auto began = std::chrono::steady_clock::now();
    const auto reading = fixture.read();
    const auto took = std::chrono::steady_clock::now() - began;
    CHECK(reading.error().errc == Errc::claims_failed);
    CHECK(reading.error().log_detail.find("AUTH_CLAIMS_TIMEOUT") != std::string::npos);
    CHECK(took < std::chrono::seconds(2));
    // The limit of the call no longer holds on the connection, whether the call failed or not.
    fixture.body(
        "perform set_config('probe.limit', current_setting('statement_timeout'), false);"
        "return '{}';");
    REQUIRE(fixture.read());
    fixture.options.claims_function = "";
    fixture.body("return '{}';");
    fixture.options.claims_ms = 2'000;
    fixture.connection.emplace(fixture.options);
    CHECK(fixture.read());
}

TEST_CASE("the limit of the claims function may be longer than that of other statements") {
    ClaimsFixture fixture;
    fixture.options.claims_ms = 5'000;
    fixture.options.timeouts.statement_ms = 200;
    fixture.connection.emplace(fixture.options);
    fixture.body("perform pg_sleep(0.6); return '{}';");
    CHECK(fixture.read());
}

}  // namespace signet::test
