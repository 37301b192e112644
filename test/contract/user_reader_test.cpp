#include "contract/claims_bench.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <utility>
#include <vector>

namespace signet::test {
namespace {

using Bench = ClaimsBench;
constexpr const char* kAda = kClaimant;

}  // namespace

TEST_CASE("a user is read with roles, without the password, and with what the function answered") {
    Bench bench;
    run_sql(bench.room.url(), "update probe set v = '{\"x-hasura-org\": 7}'");
    const auto reading = bench.read();
    REQUIRE(reading);
    REQUIRE(reading->account);
    CHECK(reading->account->roles.size() == 2);
    CHECK(reading->account->default_role == "editor");
    CHECK(reading->account->password_hash.empty());
    CHECK(reading->account->claims->value() ==
          CustomClaims{{"x-hasura-org", CustomClaim::From::number, "7"}});
}

TEST_CASE("the sessions that live are read with their end") {
    Bench bench;
    const std::string first = "00000000-0000-4000-8000-000000000001";
    for (const auto& [id, until] : std::vector<std::pair<std::string, std::string>>{
             {first, "now() + '1h'"},
             {"00000000-0000-4000-8000-000000000002", "now() + '2h'"},
             {"00000000-0000-4000-8000-000000000003", "now() - interval '1s'"}}) {
        run_sql(bench.room.url(),
                "insert into signet.session (id, user_id, sealed_key, device, idle_until, "
                "absolute_until, sweep_at) values ('" +
                    id + "', '" + kAda + "', 'v1.x', '', " + until + ", now() + '1d', now())");
    }
    const auto reading = bench.read();
    REQUIRE(reading);
    REQUIRE(reading->account->roles.size() == 2);
    REQUIRE(reading->sessions.size() == 2);
    UserNow user;
    user.sessions = reading->sessions;
    const LiveSession* found = user.find_session(Uuid::parse(first).value());
    REQUIRE(found != nullptr);
    const std::string seconds = run_sql(bench.room.url(),
                                        "select ceil(extract(epoch from idle_until))::bigint from "
                                        "signet.session where id = '" +
                                            first + "'")
                                    .at(0)
                                    .at(0)
                                    .value();
    CHECK(std::to_string(found->until_s) == seconds);
}

TEST_CASE("where no function is configured the claims are an empty object") {
    Bench bench("");
    CHECK(bench.read()->account->claims->value().empty());
}

TEST_CASE("who is gone or inactive is read without a call of the function") {
    Bench bench;
    bench.body("raise 'called';");
    run_sql(bench.room.url(), "update \"user\" set active = null");
    auto reading = bench.read();
    REQUIRE(reading);
    CHECK(!reading->account->active);
    CHECK(!reading->account->claims);
    run_sql(bench.room.url(), "delete from \"user\"");
    reading = bench.read();
    REQUIRE(reading);
    CHECK(!reading->account);
}

TEST_CASE("a function that fails, or answers more than one row, is claims_failed with the reason") {
    Bench bench;
    bench.body("raise 'no such tenant';");
    auto reading = bench.read();
    REQUIRE(!reading);
    CHECK(reading.error().errc == Errc::claims_failed);
    CHECK(reading.error().log_detail.find("no such tenant") != std::string::npos);
    bench.body("return query select '{}'::jsonb from generate_series(1, 2);", "setof jsonb");
    CHECK(bench.read().error().errc == Errc::claims_failed);
    bench.body("return 1 / 0;");
    CHECK(bench.read().error().errc == Errc::claims_failed);
    bench.body("return '{}';");
    CHECK(bench.read());
}

TEST_CASE("a function that is missing fails what calls it, and nothing else") {
    Bench bench("nowhere.to_be_found");
    const auto reading = bench.read();
    CHECK(reading.error().errc == Errc::claims_failed);
    CHECK(reading.error().log_detail.find("nowhere") != std::string::npos);
    const auto ports = store::make_store(bench.options);
    CHECK(ports->accounts().find(UserId::parse(kAda).value()));
    run_sql(bench.room.url(),
            "create schema nowhere; create function nowhere.to_be_found(uuid) "
            "returns jsonb language sql as 'select ''{}''::jsonb'");
    CHECK(bench.read());
}

TEST_CASE("a function is called by a name that needs quotes") {
    Bench bench(R"("Odd ""Schema""; --"."Claims Of")");
    run_sql(bench.room.url(), R"(create schema "Odd ""Schema""; --"; create function )"
                              R"("Odd ""Schema""; --"."Claims Of"(uuid) returns jsonb )"
                              R"(language sql as 'select ''{"x-hasura-a": 1}''::jsonb')");
    const auto reading = bench.read();
    REQUIRE_MESSAGE(reading.has_value(), reading.error().log_detail);
    CHECK(reading->account->claims->value() ==
          CustomClaims{{"x-hasura-a", CustomClaim::From::number, "1"}});
}

TEST_CASE(
    "a function that takes too long is ended at its own limit, and other statements are not") {
    Bench bench;
    bench.options.claims_ms = 300;
    bench.options.timeouts.statement_ms = 10'000;
    bench.connection.emplace(bench.options);
    bench.body("perform pg_sleep(5); return '{}';");
    const auto began = std::chrono::steady_clock::now();
    const auto reading = bench.read();
    const auto took = std::chrono::steady_clock::now() - began;
    CHECK(reading.error().errc == Errc::claims_failed);
    CHECK(reading.error().log_detail.find("AUTH_CLAIMS_TIMEOUT") != std::string::npos);
    CHECK(took < std::chrono::seconds(2));
    // The limit of the call has not stayed with the connection, whether it failed or not.
    bench.body(
        "perform set_config('probe.limit', current_setting('statement_timeout'), false);"
        "return '{}';");
    REQUIRE(bench.read());
    bench.options.claims_function = "";
    bench.body("return '{}';");
    bench.options.claims_ms = 2'000;
    bench.connection.emplace(bench.options);
    CHECK(bench.read());
}

TEST_CASE("the limit of the claims function may be longer than that of other statements") {
    Bench bench;
    bench.options.claims_ms = 5'000;
    bench.options.timeouts.statement_ms = 200;
    bench.connection.emplace(bench.options);
    bench.body("perform pg_sleep(0.6); return '{}';");
    CHECK(bench.read());
}

}  // namespace signet::test
