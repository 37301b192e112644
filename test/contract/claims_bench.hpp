#pragma once

#include "contract/rooms.hpp"
#include "store/pg.hpp"
#include "store/users.hpp"
#include "support/postgres.hpp"
#include "support/printing.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>

// A user, and a claims function that answers what a test wants.
namespace signet::test {

inline constexpr const char* kClaimant = "00000000-0000-4000-8000-00000000000a";

// Ada, and a function whose answer stands in the table probe.
struct ClaimsBench {
    PgRoom room;
    store::ConnectionOptions options = room.options();
    std::optional<store::Connection> connection;

    explicit ClaimsBench(const std::string& function = "claims_of") {
        room.insert_user({.id = kClaimant, .username = "ada", .default_role = "editor"});
        room.insert_role("editor");
        room.insert_role("author");
        room.insert_user_role(kClaimant, "editor");
        room.insert_user_role(kClaimant, "author");
        run_sql(room.url(),
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
        run_sql(room.url(),
                "drop function claims_of; create function claims_of(user_id uuid) "
                "returns " +
                    returns + " language plpgsql as $$ begin " + body + " end $$");
    }
    // What the claim becomes whose value is this SQL expression.
    std::string claim(const std::string& expression) {
        run_sql(room.url(), "update probe set v = jsonb_build_object('x-hasura-v', to_jsonb(" +
                                expression + "))");
        const auto reading = read();
        REQUIRE_MESSAGE(reading.has_value(), reading.error().log_detail);
        const Result<CustomClaims>& claims = reading->account->claims.value();
        REQUIRE_MESSAGE(claims.has_value(), claims.error().log_detail);
        return claims->at(0).value.value_or("(left out)");
    }
    bool holds(const std::string& condition) const {
        return run_sql(room.url(), "select " + condition).at(0).at(0) == "t";
    }
};

}  // namespace signet::test
