#include "cli/audit.hpp"

#include "cli/times.hpp"
#include "support/admin_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace signet;
using namespace signet::cli;
using signet::test::AdminFixture;
using signet::test::FakeTables;

namespace {

// A fixture with a user and three rows: of a login, of a refusal that knows nobody, and of a role.
struct AuditFixture : AdminFixture {
    AuditFixture() {
        FakeTables::UserRow user{};
        user.id = id;
        user.username = "ada";
        tables->users.push_back(user);
        tables->note(*UserId::parse(id),
                     {"login", {Text::from("203.0.113.0/24"), Text::from("0011")}}, "session 7");
        tables->note("login-refused", "");
        tables->note("role-created", "edi\x1btor");
        for (AuditEntry& row : tables->audit) {
            row.at_s = 1'800'000'000 + row.id;
        }
    }
    std::string listed(AuditQuestion question, bool json = false) {
        question.limit = question.limit == 0 ? 10 : question.limit;
        CHECK(audit_list(command(json), question) == kExitOk);
        return take_out();
    }

    std::string id = "0f3b0c7e-3a51-4a0a-9d39-0f6f2f1d0001";
};

std::size_t lines_of(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("the audit is a table with the last row at the end, fit for a terminal") {
    AuditFixture fixture;
    const std::string out = fixture.listed({});
    CHECK(out.starts_with("AT "));
    CHECK(out.find("login ") < out.find("login-refused"));
    CHECK(out.find("login-refused") < out.find("role-created"));
    CHECK(out.find("2027-01-15T08:00:01Z  login          " + fixture.id +
                   "  user        203.0.113.0/24  session 7\n") != std::string::npos);
    CHECK(out.find("login-refused  -  ") != std::string::npos);
    CHECK(out.find('\x1b') == std::string::npos);
    CHECK(fixture.err.str().empty());
}

TEST_CASE("the audit as JSON has the members of the contract") {
    AuditFixture fixture;
    CHECK(fixture.listed({.user = "ADA"}, true) ==
          "[\n  {\"id\":1,\"at\":\"2027-01-15T08:00:01Z\",\"actor\":\"user\",\"action\":\"login\","
          "\"subject\":\"" +
              fixture.id +
              "\",\"network\":\"203.0.113.0/24\",\"request\":\"0011\",\"detail\":\"session 7\","
              "\"dbRole\":\"signet\"}\n]\n");
    CHECK(fixture.listed({.action = "role-created"}, true)
              .find(R"("network":null,"request":null,"detail":"")") != std::string::npos);
    CHECK(fixture.listed({.action = "stage"}, true) == "[]\n");
}

TEST_CASE("the last rows are shown, and standard error says when there are older ones") {
    AuditFixture fixture;
    const std::string out = fixture.listed({.limit = 2});
    CHECK(out.find("login ") == std::string::npos);
    CHECK(lines_of(out) == 3);
    CHECK(fixture.err.str().find("there are older rows; these are the last 2") !=
          std::string::npos);
    CHECK(lines_of(fixture.listed({.since_s = 1'800'000'003})) == 2);
}

TEST_CASE("a user who is gone is found by id, and nobody by a name that nobody has") {
    AuditFixture fixture;
    fixture.tables->users.clear();
    CHECK(lines_of(fixture.listed({.user = fixture.id})) == 2);
    CHECK(audit_list(fixture.command(), {.user = "ada", .limit = 10}) == kExitFailed);
    fixture.tables->outage = Errc::store_unavailable;
    CHECK(audit_list(fixture.command(), {.user = fixture.id, .limit = 10}) == kExitFailed);
}

TEST_CASE("an action that does not exist is named with the nearest one") {
    CHECK(check_action("login-refused").empty());
    CHECK(check_action("logn").find("did you mean login?") != std::string::npos);
    CHECK(check_action("xyzzy").find("session-reuse") != std::string::npos);
}

TEST_CASE("since is how long ago, or a date that is not to come") {
    constexpr std::int64_t kNow = 1'800'000'000;  // 2027-01-15T08:00:00Z
    CHECK(read_since("24h", kNow) == kNow - 86400);
    CHECK(read_since("2027-01-15", kNow) == kNow - 8 * 3600);
    CHECK(read_since("2027-01-15T08:00:00Z", kNow) == kNow);
    for (const char* text : {"2027-01-16", "yesterday", "", "-1h", "2027-02-30", "24x"}) {
        CAPTURE(text);
        CHECK_FALSE(read_since(text, kNow).has_value());
    }
}
