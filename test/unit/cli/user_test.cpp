#include "cli/user.hpp"

#include "support/admin_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace signet;
using namespace signet::cli;
using signet::test::AdminFixture;

namespace {

const ListFilter kEverything{.search = {}, .role = {}, .limit = 1'000'000};

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::string create(AdminFixture& fixture, const std::string& name) {
    REQUIRE(user_create(fixture.command(), name, std::nullopt) == kExitOk);
    fixture.take_out();
    return fixture.tables->users.back().id;
}

// A fixture with the user ada.
struct AdaFixture : AdminFixture {
    AdaFixture() {
        REQUIRE(user_create(command(), "ada", std::nullopt) == kExitOk);
        take_out();
    }
    std::string claims(bool json, int code = kExitOk) {
        CHECK(user_claims(command(json), "ada") == code);
        return take_out();
    }
};

}  // namespace

TEST_CASE("user create makes an active user with the default role and a hashed password") {
    AdminFixture fixture("correct horse battery\n");
    CHECK(user_create(fixture.command(), "ada", "Ada@Example.com") == kExitOk);
    const auto& row = fixture.row("ada");
    CHECK(row.email == "Ada@Example.com");
    CHECK(row.active == true);
    CHECK(row.password == "new:correct horse battery");
    CHECK(fixture.tables->grants.contains({row.id, "user"}));
    CHECK(fixture.take_out() == "created ada (" + row.id + ")\n");
}

TEST_CASE("user create without a default role grants none") {
    AdminFixture fixture;
    fixture.policy.default_role.clear();
    CHECK(user_create(fixture.command(), "ada", std::nullopt) == kExitOk);
    CHECK(fixture.tables->grants.empty());
}

TEST_CASE("user create takes an e-mail address for a name") {
    AdminFixture fixture;
    CHECK(user_create(fixture.command(), "ada@example.com", std::nullopt) == kExitOk);
    CHECK_FALSE(fixture.tables->users.at(0).username.has_value());
    CHECK(fixture.tables->users.at(0).email == "ada@example.com");
}

TEST_CASE("user create refuses an e-mail address twice") {
    AdminFixture fixture;
    CHECK(user_create(fixture.command(), "a@example.com", "b@example.com") == kExitFailed);
    CHECK(fixture.tables->users.empty());
}

TEST_CASE("user create holds names to the rules of a signup") {
    for (const char* name : {"ab", "a..b", "admin", "-ada", "a b", "ada@nowhere"}) {
        CAPTURE(name);
        AdminFixture fixture;
        CHECK(user_create(fixture.command(), name, std::nullopt) == kExitFailed);
        CHECK(fixture.tables->users.empty());
        CHECK(fixture.hasher.hashes == 0);
    }
}

TEST_CASE("user create refuses a password that the judge refuses, and never shows it") {
    AdminFixture fixture("weak\n");
    CHECK(user_create(fixture.command(), "ada", std::nullopt) == kExitFailed);
    CHECK(fixture.tables->users.empty());
    CHECK_FALSE(contains(fixture.err.str(), "weak"));
}

TEST_CASE("user create without a password fails") {
    AdminFixture fixture("");
    CHECK(user_create(fixture.command(), "ada", std::nullopt) == kExitFailed);
    CHECK(contains(fixture.err.str(), "no password was given"));
}

TEST_CASE("a taken name fails and says so") {
    AdminFixture fixture("correct horse battery\ncorrect horse battery\n");
    create(fixture, "ada");
    CHECK(user_create(fixture.command(), "ADA", std::nullopt) == kExitFailed);
    CHECK(contains(fixture.err.str(), "Name taken"));
}

TEST_CASE("user show as JSON has the members of the contract") {
    AdminFixture fixture;
    const std::string id = create(fixture, "ada");
    fixture.tables->users.at(0).created_at_s = 1'800'000'000;
    CHECK(user_show(fixture.command(true), "ada") == kExitOk);
    CHECK(fixture.take_out() == "{\"id\":\"" + id +
                                    "\",\"username\":\"ada\",\"email\":null,\"active\":true,"
                                    "\"defaultRole\":\"user\",\"roles\":[\"user\"],"
                                    "\"createdAt\":\"2027-01-15T08:00:00Z\",\"lastLoginAt\":null,"
                                    "\"sessions\":[]}\n");
}

TEST_CASE("a user is found by username, e-mail address and id") {
    AdminFixture fixture;
    REQUIRE(user_create(fixture.command(), "ada", "ada@example.com") == kExitOk);
    const std::string id = fixture.tables->users.at(0).id;
    for (const std::string& name : {std::string("ADA"), std::string("Ada@example.com"), id}) {
        CAPTURE(name);
        CHECK(user_show(fixture.command(), name) == kExitOk);
    }
    CHECK(user_show(fixture.command(), "bob") == kExitFailed);
    CHECK(user_show(fixture.command(), "\xFF") == kExitFailed);
}

TEST_CASE("an adopted username with an @ is found where no e-mail address is like it") {
    AdminFixture fixture;
    create(fixture, "ada");
    fixture.tables->users.at(0).username = "ada@home";
    CHECK(user_show(fixture.command(), "ada@home") == kExitOk);
}

TEST_CASE("user list shows aligned columns and no control character of a name") {
    AdminFixture fixture;
    create(fixture, "ada");
    fixture.tables->users.at(0).username = "a\x1b[31m\n";
    CHECK(user_list(fixture.command(), kEverything) == kExitOk);
    const std::string text = fixture.take_out();
    CHECK(std::ranges::count(text, '\n') == 2);
    CHECK_FALSE(contains(text, "\x1b"));
    CHECK(text.find("USERNAME") == 38);
}

TEST_CASE("user list goes through every page") {
    AdminFixture fixture;
    const std::size_t count = 2 * kListPageMax + 1;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string number = std::to_string(100'000'000'000 + i);
        const std::string id = "00000000-0000-4000-8000-" + number;
        fixture.tables->users.push_back({id, "u" + std::to_string(i), {}, {}, true, {}, 0, {}});
    }
    CHECK(user_list(fixture.command(true), {.limit = count}) == kExitOk);
    const std::string text = fixture.take_out();
    CHECK(text.starts_with("[\n  {"));
    CHECK(static_cast<std::size_t>(std::ranges::count(text, '\n')) == count + 2);
    CHECK(fixture.err.str().empty());

    for (const std::size_t limit : {std::size_t{1}, kListPageMax, count - 1}) {
        CAPTURE(limit);
        fixture.err.str({});
        CHECK(user_list(fixture.command(true), {.limit = limit}) == kExitOk);
        const std::string part = fixture.take_out();
        CHECK(static_cast<std::size_t>(std::ranges::count(part, '\n')) == limit + 2);
        CHECK(contains(fixture.err.str(), "more users; these are " + std::to_string(limit)));
    }
}

TEST_CASE("user list takes a search without regard to case, and a role that everybody has or not") {
    AdminFixture fixture("correct horse battery\ncorrect horse battery\n");
    create(fixture, "ada");
    create(fixture, "Grace");
    fixture.tables->roles.emplace_back("editor");
    REQUIRE(user_grant(fixture.command(), "ada", {"editor"}) == kExitOk);
    fixture.take_out();
    const auto listed = [&](ListFilter filter) {
        filter.limit = 10;
        CHECK(user_list(fixture.command(true), filter) == kExitOk);
        return std::ranges::count(fixture.take_out(), '\n') - 2;
    };
    CHECK(listed({.search = "RAC"}) == 1);
    CHECK(listed({.search = "a"}) == 2);
    CHECK(listed({.role = "editor"}) == 1);
    CHECK(listed({.search = "grace", .role = "editor"}) == -1);  // "[]" is one line
    fixture.tables->grants.clear();
    CHECK(listed({.role = "user"}) == 2);
    CHECK(user_list(fixture.command(), {.role = "nosuch", .limit = 10}) == kExitFailed);
    CHECK(contains(fixture.err.str(), "There is no role \"nosuch\""));
    CHECK(user_list(fixture.command(), {.search = "\xFF", .limit = 10}) == kExitFailed);
}

TEST_CASE("no users are an empty JSON array") {
    AdminFixture fixture;
    CHECK(user_list(fixture.command(true), kEverything) == kExitOk);
    CHECK(fixture.take_out() == "[]\n");
}

TEST_CASE("user disable and enable change whether a user is active") {
    AdminFixture fixture;
    create(fixture, "ada");
    CHECK(user_set_active(fixture.command(), "ada", false) == kExitOk);
    CHECK(fixture.row("ada").active == false);
    fixture.take_out();
    CHECK(user_set_active(fixture.command(), "ada", false) == kExitOk);
    CHECK(contains(fixture.take_out(), "was already disabled"));
    CHECK(std::ranges::count(fixture.tables->audit, "user-disabled", &AuditEntry::action) == 1);
    CHECK(user_set_active(fixture.command(), "ada", true) == kExitOk);
    CHECK(fixture.row("ada").active == true);
}

TEST_CASE("user set-password reads one line of stdin and stores its hash") {
    AdminFixture fixture("correct horse battery\nanother good one\n");
    create(fixture, "ada");
    CHECK(user_set_password(fixture.command(), "ada") == kExitOk);
    CHECK(fixture.row("ada").password == "new:another good one");
}

TEST_CASE("user unlock forgets wrong passwords, and says whether there were any") {
    AdminFixture fixture;
    const std::string id = create(fixture, "ada");
    fixture.tables->failures["user:" + id].failures = 100;
    fixture.tables->failures["user:" + id + "@203.0.113.0/24"].failures = 5;
    CHECK(user_unlock(fixture.command(), "ada") == kExitOk);
    CHECK(fixture.take_out() == "unlocked ada (" + id + ")\n");
    CHECK(fixture.tables->failures.empty());
    CHECK(user_unlock(fixture.command(), "ada") == kExitOk);
    CHECK(fixture.take_out() == "no wrong password counted against ada (" + id + ")\n");
    CHECK(user_unlock(fixture.command(), "bob") == kExitFailed);
}

TEST_CASE("user delete without --yes says what it would do and does nothing") {
    AdminFixture fixture;
    create(fixture, "ada");
    CHECK(user_delete(fixture.command(), "ada", false) == kExitWrongUsage);
    CHECK(fixture.tables->users.size() == 1);
    CHECK(contains(fixture.err.str(), "would delete ada"));
    CHECK(user_delete(fixture.command(), "ada", true) == kExitOk);
    CHECK(fixture.tables->users.empty());
}

TEST_CASE("user grant and revoke change the roles of a user") {
    AdminFixture fixture;
    const std::string id = create(fixture, "ada");
    fixture.tables->roles.emplace_back("editor");
    CHECK(user_grant(fixture.command(), "ada", {"editor"}) == kExitOk);
    CHECK(fixture.take_out() == "granted role editor to ada (" + id + ")\n");
    CHECK(fixture.tables->grants.contains({id, "editor"}));
    CHECK(user_revoke(fixture.command(), "ada", {"editor"}) == kExitOk);
    CHECK(fixture.take_out() == "revoked role editor from ada (" + id + ")\n");
    CHECK_FALSE(fixture.tables->grants.contains({id, "editor"}));
}

TEST_CASE("several roles are granted and revoked together, or none of them") {
    AdminFixture fixture;
    const std::string id = create(fixture, "ada");
    fixture.tables->roles.insert(fixture.tables->roles.end(), {"editor", "reviewer"});
    CHECK(user_grant(fixture.command(), "ada", {"editor", "nosuch"}) == kExitFailed);
    CHECK(contains(fixture.err.str(), "There is no role \"nosuch\""));
    CHECK(user_grant(fixture.command(), "ada", {"editor", ""}) == kExitFailed);
    CHECK_FALSE(fixture.tables->grants.contains({id, "editor"}));
    CHECK(user_grant(fixture.command(), "ada", {"reviewer", "editor", "reviewer"}) == kExitOk);
    CHECK(fixture.take_out() == "granted roles editor, reviewer to ada (" + id + ")\n");
    CHECK(user_revoke(fixture.command(), "ada", {"editor", "nosuch"}) == kExitFailed);
    CHECK(fixture.tables->grants.contains({id, "editor"}));
}

TEST_CASE("granting what a user has and revoking what it has not changes nothing and says so") {
    AdminFixture fixture;
    const std::string id = create(fixture, "ada");
    fixture.tables->roles.emplace_back("editor");
    const auto audited = fixture.tables->audit.size();
    CHECK(user_revoke(fixture.command(), "ada", {"editor"}) == kExitOk);
    CHECK(fixture.take_out() == "ada (" + id + ") does not have role editor; nothing changed\n");
    CHECK(user_grant(fixture.command(), "ada", {"user"}) == kExitOk);
    CHECK(fixture.take_out() == "ada (" + id + ") already has role user; nothing changed\n");
    CHECK(user_grant(fixture.command(true), "ada", {"user"}) == kExitOk);
    CHECK(contains(fixture.take_out(), R"("changed":false)"));
    CHECK(fixture.tables->audit.size() == audited);
    CHECK(user_grant(fixture.command(), "ada", {"user", "editor"}) == kExitOk);
    CHECK(fixture.take_out() ==
          "granted role editor to ada (" + id + ")\nada (" + id + ") already has role user\n");
    CHECK(user_revoke(fixture.command(true), "ada", {"editor"}) == kExitOk);
    CHECK(contains(fixture.take_out(), R"("changed":true)"));
}

TEST_CASE("user rename gives another username by the rules of a signup") {
    AdminFixture fixture("correct horse battery\ncorrect horse battery\n");
    const std::string id = create(fixture, "ada");
    create(fixture, "grace");
    CHECK(user_rename(fixture.command(), "ada", "Ada") == kExitOk);  // only its case
    CHECK(fixture.take_out() == "user " + id + " now has the username Ada\n");
    CHECK(user_rename(fixture.command(), id, "Ada") == kExitOk);
    CHECK(contains(fixture.take_out(), "already has the username Ada; nothing changed"));
    for (const char* name : {"GRACE", "a", "a..b", "admin", "ada@example.org"}) {
        CAPTURE(name);
        CHECK(user_rename(fixture.command(), "ada", name) == kExitFailed);
    }
    CHECK(user_rename(fixture.command(true), "ada", "lovelace") == kExitOk);
    const std::string json = fixture.take_out();
    CHECK(contains(json, R"("username":"lovelace")"));
    CHECK(contains(json, R"("changed":true)"));
    CHECK(fixture.row("lovelace").id == id);
    CHECK(fixture.tables->audit.back().action == "user-renamed");
    CHECK(fixture.tables->audit.back().subject == id);
    CHECK(user_rename(fixture.command(), "ada", "countess") == kExitFailed);
}

TEST_CASE("user set-email gives another address or none, and leaves nobody without a name") {
    AdminFixture fixture("correct horse battery\ncorrect horse battery\n");
    const std::string id = create(fixture, "ada");
    REQUIRE(user_create(fixture.command(), "grace@example.com", std::nullopt) == kExitOk);
    fixture.take_out();
    CHECK(user_set_email(fixture.command(), "ada", "Ada@Example.com") == kExitOk);
    CHECK(fixture.take_out() == "user " + id + " now has the e-mail address Ada@Example.com\n");
    CHECK(fixture.row("ada").email == "Ada@Example.com");
    CHECK(user_set_email(fixture.command(), "ada", "GRACE@example.com") == kExitFailed);
    CHECK(user_set_email(fixture.command(), "ada", "ada@nowhere") == kExitFailed);
    CHECK(user_set_email(fixture.command(), "ADA@example.com", std::nullopt) == kExitOk);
    CHECK(contains(fixture.take_out(), "now has no e-mail address"));
    CHECK_FALSE(fixture.row("ada").email.has_value());
    CHECK(user_set_email(fixture.command(), "ada", std::nullopt) == kExitOk);
    CHECK(contains(fixture.take_out(), "already has no e-mail address; nothing changed"));
    CHECK(user_set_email(fixture.command(), "grace@example.com", std::nullopt) == kExitFailed);
    CHECK(contains(fixture.err.str(), "needs a username or an e-mail address"));
}

TEST_CASE("user grant admin is refused unless it is allowed") {
    AdminFixture fixture;
    const std::string id = create(fixture, "ada");
    fixture.tables->roles.emplace_back("admin");
    CHECK(user_grant(fixture.command(), "ada", {"admin"}) == kExitFailed);
    CHECK(contains(fixture.err.str(), "AUTH_ALLOW_ADMIN_ROLE"));
    CHECK_FALSE(fixture.tables->grants.contains({id, "admin"}));
    fixture.policy.allow_admin = true;
    CHECK(user_grant(fixture.command(), "ada", {"admin"}) == kExitOk);
}

TEST_CASE("revoking the default role says that everybody has it all the same") {
    AdminFixture fixture;
    create(fixture, "ada");
    CHECK(user_revoke(fixture.command(), "ada", {"user"}) == kExitOk);
    CHECK(contains(fixture.err.str(), "everybody has all the same"));
}

TEST_CASE("a store that is away fails a command and says so") {
    AdminFixture fixture;
    create(fixture, "ada");
    fixture.tables->outage = Errc::store_unavailable;
    CHECK(user_list(fixture.command(), kEverything) == kExitFailed);
    CHECK(user_show(fixture.command(), "ada") == kExitFailed);
    CHECK(contains(fixture.err.str(), "Database unavailable"));
}

TEST_CASE("user claims shows what a user would get, and where it comes from") {
    AdaFixture fixture;
    fixture.reader.claims = R"({"X-Hasura-Org":7,"x-hasura-tags":["a"],"x-hasura-none":null})";
    const std::string out = fixture.claims(false);
    CHECK(out.find("x-hasura-user-id") != std::string::npos);
    CHECK(out.find("[\"user\"]") != std::string::npos);
    CHECK(out.find("AUTH_DEFAULT_ROLE") != std::string::npos);
    CHECK(out.find("claims_of: a number") != std::string::npos);
    CHECK(out.find("claims_of: an array, as an array literal") != std::string::npos);
    CHECK(out.find("null: left out") != std::string::npos);
    CHECK(fixture.claims(true).find(R"({"name":"x-hasura-org","value":"7")") != std::string::npos);
}

TEST_CASE("user claims fails where a login would, and says why") {
    AdaFixture fixture;
    fixture.reader.claims = R"({"x-hasura-role":"admin"})";
    CHECK(fixture.claims(false, kExitFailed).empty());
    CHECK(fixture.err.str().find("x-hasura-role") != std::string::npos);
    fixture.reader.claims = "{}";
    REQUIRE(user_set_active(fixture.command(), "ada", false) == kExitOk);
    fixture.take_out();
    CHECK(fixture.claims(false, kExitFailed).empty());
    CHECK(fixture.err.str().find("inactive") != std::string::npos);
    CHECK(user_claims(fixture.command(), "nobody") == kExitFailed);
}

TEST_CASE("role create, list and delete change the table role") {
    AdminFixture fixture;
    CHECK(role_create(fixture.command(), "editor") == kExitOk);
    fixture.take_out();
    CHECK(role_list(fixture.command(true), kEverything) == kExitOk);
    CHECK(fixture.take_out() == "[\n  {\"name\":\"editor\",\"users\":0}\n]\n");
    CHECK(role_list(fixture.command(false), kEverything) == kExitOk);
    CHECK(fixture.take_out() == "NAME    USERS\neditor  0\n");
    fixture.tables->roles.emplace_back("reviewer");
    CHECK(role_list(fixture.command(), {.limit = 1}) == kExitOk);
    CHECK(fixture.take_out() == "NAME    USERS\neditor  0\n");
    CHECK(contains(fixture.err.str(), "more roles; these are 1"));
    CHECK(role_list(fixture.command(true), {.search = "VIEW", .limit = 9}) == kExitOk);
    CHECK(fixture.take_out() == "[\n  {\"name\":\"reviewer\",\"users\":0}\n]\n");
    fixture.tables->roles.pop_back();
    CHECK(role_create(fixture.command(), "editor") == kExitFailed);
    CHECK(role_delete(fixture.command(), "editor") == kExitOk);
    CHECK(fixture.tables->roles.empty());
    CHECK(role_delete(fixture.command(), "editor") == kExitFailed);
}

TEST_CASE("role create admin is refused unless it is allowed") {
    AdminFixture fixture;
    CHECK(role_create(fixture.command(), "admin") == kExitFailed);
    CHECK(fixture.tables->roles.empty());
    fixture.policy.allow_admin = true;
    CHECK(role_create(fixture.command(), "admin") == kExitOk);
}

TEST_CASE("a role name that no token can carry is refused") {
    for (const std::string& name :
         {std::string(), std::string("a\nb"), std::string("\xFF"), std::string(256, 'r')}) {
        AdminFixture fixture;
        CHECK(role_create(fixture.command(), name) == kExitFailed);
        CHECK(fixture.tables->roles.empty());
    }
}

TEST_CASE("a role that somebody has cannot be deleted") {
    AdminFixture fixture;
    REQUIRE(user_create(fixture.command(), "ada", std::nullopt) == kExitOk);
    CHECK(role_delete(fixture.command(), "user") == kExitFailed);
    CHECK(fixture.err.str().find("Role in use") != std::string::npos);
}

TEST_CASE("user invite says whom it invited, and prints no link") {
    AdminFixture fixture;
    const signet::test::PlainSealer sealer;
    CHECK(user_invite(fixture.command(), {"ada@example.org", {}, ""}, sealer, {}) == kExitOk);
    const std::string id = fixture.tables->users.back().id;
    CHECK(fixture.take_out() == "invited ada@example.org (" + id + ")\n");
    CHECK(user_invite(fixture.command(true), {"bob@example.org", {}, ""}, sealer, {}) == kExitOk);
    CHECK(contains(fixture.take_out(), R"("email":"bob@example.org")"));
    CHECK(user_invite(fixture.command(), {"Ada@example.org", {}, ""}, sealer, {}) == kExitFailed);
    CHECK(fixture.take_out().empty());
}
