#pragma once

#include "contract/databases.hpp"
#include "store/pg.hpp"
#include "store/users.hpp"
#include "support/postgres.hpp"
#include "support/printing.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>

// A user, and a claims function whose answer a test chooses.
namespace signet::test {

inline constexpr const char* kClaimant = "00000000-0000-4000-8000-00000000000a";

// The user Ada, and a function that returns what the table probe contains.
struct ClaimsFixture {
    PgDatabase database;
    store::ConnectionOptions options = database.options();
    std::optional<store::Connection> connection;

    explicit ClaimsFixture(const std::string& function = "claims_of") {
        database.insert_user({.id = kClaimant, .username = "ada", .default_role = "editor"});
        database.insert_role("editor");
        database.insert_role("author");
        database.insert_user_role(kClaimant, "editor");
        database.insert_user_role(kClaimant, "author");
        run_sql(database.url(),
                "create table probe (v jsonb); insert into probe values ('{}');"
                "create function claims_of(user_id uuid) returns jsonb language sql stable as "
                "'select v from public.probe'");
        options.claims_function = function;
        connection.emplace(options);
    }
    Result<UserReading> read() {
        return store::PgUserReader(*connection, options).read(UserId::parse(kClaimant).value());
    }
    void body(const std::string& body, const std::string& returns = "jsonb") {
        run_sql(database.url(),
                "drop function claims_of; create function claims_of(user_id uuid) "
                "returns " +
                    returns + " language plpgsql as $$ begin " + body + " end $$");
    }
    // Returns what a claim becomes if its value is this SQL expression.
    std::string claim(const std::string& expression) {
        run_sql(database.url(), "update probe set v = jsonb_build_object('x-hasura-v', to_jsonb(" +
                                    expression + "))");
        const auto reading = read();
        REQUIRE_MESSAGE(reading.has_value(), reading.error().log_detail);
        const Result<CustomClaims>& claims = reading->account->claims.value();
        REQUIRE_MESSAGE(claims.has_value(), claims.error().log_detail);
        return claims->at(0).value.value_or("(left out)");
    }
    bool holds(const std::string& condition) const {
        return run_sql(database.url(), "select " + condition).at(0).at(0) == "t";
    }
};

}  // namespace signet::test
