#include "cli/user.hpp"

#include "support/command_desk.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace signet::cli;
using namespace signet::server;
using signet::test::CommandDesk;

namespace {

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::string create(CommandDesk& desk, std::string_view name) {
    REQUIRE(user_create(desk.user(), name, std::nullopt) == signet::kExitOk);
    desk.take_out();
    return desk.tables->users.back().id;
}

}  // namespace

TEST_CASE("user create makes an active user with the default role and a hashed password") {
    CommandDesk desk("correct horse battery\n");
    CHECK(user_create(desk.user(), "ada", "Ada@Example.com") == signet::kExitOk);
    const auto& row = desk.row("ada");
    CHECK(row.email == "Ada@Example.com");
    CHECK(row.active == true);
    CHECK(row.password == "new:correct horse battery");
    CHECK(desk.tables->grants.contains({row.id, "user"}));
    CHECK(desk.take_out() == "created ada (" + row.id + ")\n");
}

TEST_CASE("user create without a default role grants none") {
    CommandDesk desk;
    desk.policy.default_role.clear();
    CHECK(user_create(desk.user(), "ada", std::nullopt) == signet::kExitOk);
    CHECK(desk.tables->grants.empty());
}

TEST_CASE("user create takes an e-mail address for a name") {
    CommandDesk desk;
    CHECK(user_create(desk.user(), "ada@example.com", std::nullopt) == signet::kExitOk);
    CHECK_FALSE(desk.tables->users.at(0).username.has_value());
    CHECK(desk.tables->users.at(0).email == "ada@example.com");
}

TEST_CASE("user create refuses an e-mail address twice") {
    CommandDesk desk;
    CHECK(user_create(desk.user(), "a@example.com", "b@example.com") == signet::kExitFailed);
    CHECK(desk.tables->users.empty());
}

TEST_CASE("user create holds names to the rules of a signup") {
    for (const char* name : {"ab", "a..b", "admin", "-ada", "a b", "ada@nowhere"}) {
        CAPTURE(name);
        CommandDesk desk;
        CHECK(user_create(desk.user(), name, std::nullopt) == signet::kExitFailed);
        CHECK(desk.tables->users.empty());
        CHECK(desk.hasher.hashes == 0);
    }
}

TEST_CASE("user create refuses a password that the judge refuses, and never shows it") {
    CommandDesk desk("weak\n");
    CHECK(user_create(desk.user(), "ada", std::nullopt) == signet::kExitFailed);
    CHECK(desk.tables->users.empty());
    CHECK_FALSE(contains(desk.err.str(), "weak"));
}

TEST_CASE("user create without a password fails") {
    CommandDesk desk("");
    CHECK(user_create(desk.user(), "ada", std::nullopt) == signet::kExitFailed);
    CHECK(contains(desk.err.str(), "no password was given"));
}

TEST_CASE("a taken name fails and says so") {
    CommandDesk desk("correct horse battery\ncorrect horse battery\n");
    create(desk, "ada");
    CHECK(user_create(desk.user(), "ADA", std::nullopt) == signet::kExitFailed);
    CHECK(contains(desk.err.str(), "Name taken"));
}

TEST_CASE("user show as JSON has the members of the contract") {
    CommandDesk desk;
    const std::string id = create(desk, "ada");
    desk.tables->users.at(0).created_at_s = 1'800'000'000;
    CHECK(user_show(desk.user(true), "ada") == signet::kExitOk);
    CHECK(desk.take_out() == "{\"id\":\"" + id +
                                 "\",\"username\":\"ada\",\"email\":null,\"active\":true,"
                                 "\"defaultRole\":\"user\",\"roles\":[\"user\"],"
                                 "\"createdAt\":\"2027-01-15T08:00:00Z\",\"lastLoginAt\":null,"
                                 "\"sessions\":[]}\n");
}

TEST_CASE("a user is found by username, e-mail address and id") {
    CommandDesk desk;
    REQUIRE(user_create(desk.user(), "ada", "ada@example.com") == signet::kExitOk);
    const std::string id = desk.tables->users.at(0).id;
    for (const std::string& name : {std::string("ADA"), std::string("Ada@example.com"), id}) {
        CAPTURE(name);
        CHECK(user_show(desk.user(), name) == signet::kExitOk);
    }
    CHECK(user_show(desk.user(), "bob") == signet::kExitFailed);
    CHECK(user_show(desk.user(), "\xFF") == signet::kExitFailed);
}

TEST_CASE("an adopted username with an @ is found where no e-mail address is like it") {
    CommandDesk desk;
    create(desk, "ada");
    desk.tables->users.at(0).username = "ada@home";
    CHECK(user_show(desk.user(), "ada@home") == signet::kExitOk);
}

TEST_CASE("user list shows aligned columns and no control character of a name") {
    CommandDesk desk;
    create(desk, "ada");
    desk.tables->users.at(0).username = "a\x1b[31m\n";
    CHECK(user_list(desk.user()) == signet::kExitOk);
    const std::string text = desk.take_out();
    CHECK(std::ranges::count(text, '\n') == 2);
    CHECK_FALSE(contains(text, "\x1b"));
    CHECK(text.find("USERNAME") == 38);
}

TEST_CASE("user list goes through every page") {
    CommandDesk desk;
    const std::size_t count = 2 * signet::kListPageMax + 1;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string number = std::to_string(100'000'000'000 + i);
        const std::string id = "00000000-0000-4000-8000-" + number;
        desk.tables->users.push_back({id, "u" + std::to_string(i), {}, {}, true, {}, 0, {}});
    }
    CHECK(user_list(desk.user(true)) == signet::kExitOk);
    const std::string text = desk.take_out();
    CHECK(text.starts_with("[\n  {"));
    CHECK(static_cast<std::size_t>(std::ranges::count(text, '\n')) == count + 2);
}

TEST_CASE("no users are an empty JSON array") {
    CommandDesk desk;
    CHECK(user_list(desk.user(true)) == signet::kExitOk);
    CHECK(desk.take_out() == "[]\n");
}

TEST_CASE("user disable and enable change whether a user is active") {
    CommandDesk desk;
    create(desk, "ada");
    CHECK(user_set_active(desk.user(), "ada", false) == signet::kExitOk);
    CHECK(desk.row("ada").active == false);
    CHECK(user_set_active(desk.user(), "ada", true) == signet::kExitOk);
    CHECK(desk.row("ada").active == true);
}

TEST_CASE("user set-password reads one line of stdin and stores its hash") {
    CommandDesk desk("correct horse battery\nanother good one\n");
    create(desk, "ada");
    CHECK(user_set_password(desk.user(), "ada") == signet::kExitOk);
    CHECK(desk.row("ada").password == "new:another good one");
}

TEST_CASE("user delete without --yes says what it would do and does nothing") {
    CommandDesk desk;
    create(desk, "ada");
    CHECK(user_delete(desk.user(), "ada", false) == signet::kExitWrongUsage);
    CHECK(desk.tables->users.size() == 1);
    CHECK(contains(desk.err.str(), "would delete ada"));
    CHECK(user_delete(desk.user(), "ada", true) == signet::kExitOk);
    CHECK(desk.tables->users.empty());
}

TEST_CASE("user grant and revoke change the roles of a user") {
    CommandDesk desk;
    const std::string id = create(desk, "ada");
    desk.tables->roles.emplace_back("editor");
    CHECK(user_grant(desk.user(), "ada", "editor") == signet::kExitOk);
    CHECK(desk.tables->grants.contains({id, "editor"}));
    CHECK(user_revoke(desk.user(), "ada", "editor") == signet::kExitOk);
    CHECK_FALSE(desk.tables->grants.contains({id, "editor"}));
    CHECK(user_grant(desk.user(), "ada", "nosuch") == signet::kExitFailed);
}

TEST_CASE("user grant admin is refused unless it is allowed") {
    CommandDesk desk;
    const std::string id = create(desk, "ada");
    desk.tables->roles.emplace_back("admin");
    CHECK(user_grant(desk.user(), "ada", "admin") == signet::kExitFailed);
    CHECK(contains(desk.err.str(), "AUTH_ALLOW_ADMIN_ROLE"));
    CHECK_FALSE(desk.tables->grants.contains({id, "admin"}));
    desk.policy.allow_admin = true;
    CHECK(user_grant(desk.user(), "ada", "admin") == signet::kExitOk);
}

TEST_CASE("revoking the default role says that everybody has it all the same") {
    CommandDesk desk;
    create(desk, "ada");
    CHECK(user_revoke(desk.user(), "ada", "user") == signet::kExitOk);
    CHECK(contains(desk.err.str(), "everybody has all the same"));
}

TEST_CASE("a store that is away fails a command and says so") {
    CommandDesk desk;
    create(desk, "ada");
    desk.tables->outage = signet::Errc::store_unavailable;
    CHECK(user_list(desk.user()) == signet::kExitFailed);
    CHECK(user_show(desk.user(), "ada") == signet::kExitFailed);
    CHECK(contains(desk.err.str(), "Database unavailable"));
}
