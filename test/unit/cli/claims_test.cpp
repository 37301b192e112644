#include "cli/user.hpp"
#include "support/command_desk.hpp"

#include <doctest/doctest.h>

using namespace signet;
using namespace signet::cli;
using namespace signet::server;
using signet::test::CommandDesk;

namespace {

// A desk with the user ada.
struct Desk : CommandDesk {
    Desk() {
        REQUIRE(user_create(user(), "ada", std::nullopt) == signet::kExitOk);
        take_out();
    }
    std::string claims(bool json, int code = signet::kExitOk) {
        CHECK(user_claims(user(json), "ada") == code);
        return take_out();
    }
};

}  // namespace

TEST_CASE("user claims shows what a user would get, and where it comes from") {
    Desk desk;
    desk.reader.claims = R"({"X-Hasura-Org":7,"x-hasura-tags":["a"],"x-hasura-none":null})";
    const std::string out = desk.claims(false);
    CHECK(out.find("x-hasura-user-id") != std::string::npos);
    CHECK(out.find("[\"user\"]") != std::string::npos);
    CHECK(out.find("AUTH_DEFAULT_ROLE") != std::string::npos);
    CHECK(out.find("claims_of: a number") != std::string::npos);
    CHECK(out.find("claims_of: an array, as an array literal") != std::string::npos);
    CHECK(out.find("null: left out") != std::string::npos);
    CHECK(desk.claims(true).find(R"({"name":"x-hasura-org","value":"7")") != std::string::npos);
}

TEST_CASE("user claims fails where a login would, and says why") {
    Desk desk;
    desk.reader.claims = R"({"x-hasura-role":"admin"})";
    CHECK(desk.claims(false, signet::kExitFailed).empty());
    CHECK(desk.err.str().find("x-hasura-role") != std::string::npos);
    desk.reader.claims = "{}";
    REQUIRE(user_set_active(desk.user(), "ada", false) == signet::kExitOk);
    desk.take_out();
    CHECK(desk.claims(false, signet::kExitFailed).empty());
    CHECK(desk.err.str().find("inactive") != std::string::npos);
    CHECK(user_claims(desk.user(), "nobody") == signet::kExitFailed);
}
