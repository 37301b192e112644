#include "support/test_app.hpp"

#include <signet/service/sign_in.hpp>

#include <doctest/doctest.h>

using namespace signet;
using signet::test::TestApp;
using signet::test::text;

namespace {

SignInPorts ports_of(TestApp& app) {
    return {app.store, app.store,  app.sessions, app.sealer,  app.hasher,
            app.judge, app.tokens, app.random,   app.throttle};
}

Result<SignedIn> sign_up(TestApp& app, std::string name, std::string password = "good") {
    return signup({std::move(name), std::nullopt, std::move(password)}, ports_of(app), app.policy,
                  app.clock.now);
}

Result<SignedIn> log_in(TestApp& app, std::string name, std::string password = "good") {
    return login({NameKind::username, std::move(name), std::move(password)}, ports_of(app),
                 app.policy, app.clock.now);
}

}  // namespace

TEST_CASE("a signup is signed in at once, with the default role") {
    TestApp app;
    const Result<SignedIn> outcome = sign_up(app, "alice");
    REQUIRE(outcome);
    CHECK(outcome->account.username == "alice");
    CHECK(outcome->roles.names == std::vector<std::string>{"user"});
    CHECK(outcome->expires_in_s == 900);
}

TEST_CASE("the token of a sign-in carries its claims, with iat a few seconds back") {
    TestApp app;
    const Result<SignedIn> outcome = sign_up(app, "alice");
    REQUIRE(outcome);
    const AccessClaims& claims = app.tokens.claims(outcome->token);
    CHECK(claims.subject == outcome->account.id.str());
    CHECK(claims.name == "alice");
    CHECK(claims.issuer == "http://auth.test");
    CHECK(claims.issued_at_s == app.clock.now - kIssuedAtBackdateS);
    CHECK(claims.expires_at_s == app.clock.now + 900);
    CHECK(claims.allowed_roles == std::vector<std::string>{"user"});
    CHECK(claims.default_role == "user");
    CHECK(UserId::parse(claims.token_id));
    CHECK(UserId::parse(claims.session_id));
    CHECK(claims.token_id != claims.session_id);
}

TEST_CASE("every offence of a signup is told at once, and nothing is hashed or stored") {
    TestApp app;
    const Result<SignedIn> outcome =
        signup({"x", "no-address", "weak"}, ports_of(app), app.policy, app.clock.now);
    REQUIRE(!outcome);
    CHECK(outcome.error().errc == Errc::invalid_input);
    REQUIRE(outcome.error().fields.size() == 3);
    CHECK(outcome.error().fields[0].pointer == "/username");
    CHECK(outcome.error().fields[1].pointer == "/email");
    CHECK(outcome.error().fields[2].pointer == "/password");
    CHECK(app.hasher.hashes == 0);
}

TEST_CASE("a signup needs a username or an e-mail address") {
    TestApp app;
    const Result<SignedIn> outcome =
        signup({std::nullopt, std::nullopt, "good"}, ports_of(app), app.policy, app.clock.now);
    REQUIRE(!outcome);
    CHECK(outcome.error().fields.front().code == "required");
}

TEST_CASE("nobody signs up by himself where signups are off or by invitation, whatever is sent") {
    for (const SignupMode mode : {SignupMode::off, SignupMode::invite}) {
        TestApp app;
        app.policy.signups.mode = mode;
        CHECK(sign_up(app, "alice").error().errc == Errc::signup_closed);
        CHECK(sign_up(app, "x", "weak").error().errc == Errc::signup_closed);
        CHECK(app.hasher.hashes == 0);
        CHECK(app.tables->users.empty());
    }
}

TEST_CASE("where domains are listed, a signup has an address of one of them") {
    TestApp app;
    app.policy.signups.domains = {"example.org"};
    const auto send = [&](std::optional<std::string> username, std::optional<std::string> email) {
        return signup({std::move(username), std::move(email), "good"}, ports_of(app), app.policy,
                      app.clock.now);
    };
    const auto why = [&](std::optional<std::string> username, std::optional<std::string> email) {
        const Error error = send(std::move(username), std::move(email)).error();
        REQUIRE(error.fields.size() == 1);
        return error.fields.front().pointer + ' ' + error.fields.front().code;
    };
    CHECK(why("ada", std::nullopt) == "/email required");
    CHECK(why(std::nullopt, std::nullopt) == "/email required");
    CHECK(why("ada", "ada@example.com") == "/email domain-not-allowed");
    CHECK(why("ada", "ada@example.org.") == "/email invalid-email");
    CHECK(why("ada", "ada@example.com@example.org") == "/email invalid-email");
    CHECK(app.hasher.hashes == 0);
    CHECK(send("ada", " Ada@EXAMPLE.org "));
    app.policy.signups = {.blocked_domains = {"example.com"}};
    CHECK(why("bob", "bob@Example.com") == "/email domain-not-allowed");
    CHECK(send("bob", std::nullopt));
}

TEST_CASE("an account may have an e-mail address only, which then is the name in the token") {
    TestApp app;
    const Result<SignedIn> outcome =
        signup({std::nullopt, "ada@example.org", "good"}, ports_of(app), app.policy, app.clock.now);
    REQUIRE(outcome);
    CHECK(app.tokens.claims(outcome->token).name == "ada@example.org");
}

TEST_CASE("without a default role a signup is refused before anything is written") {
    TestApp app;
    app.policy.roles.default_role = "";
    const Result<SignedIn> outcome = sign_up(app, "alice");
    REQUIRE(!outcome);
    CHECK(outcome.error().errc == Errc::no_role);
    CHECK(!*app.store.find(LoginName{NameKind::username, text("alice")}));
}

TEST_CASE("a taken name is refused whatever its case") {
    TestApp app;
    REQUIRE(sign_up(app, "alice"));
    const Result<SignedIn> again = sign_up(app, "ALICE");
    REQUIRE(!again);
    CHECK(again.error().errc == Errc::username_taken);
}

TEST_CASE("a login with the right password succeeds and is noted") {
    TestApp app;
    REQUIRE(sign_up(app, "alice"));
    REQUIRE(log_in(app, "alice"));
    const auto account = app.store.find(LoginName{NameKind::username, text("alice")});
    CHECK((*account)->last_login_at_s);
}

TEST_CASE("a signup that the database made inactive leaves an account without a session") {
    TestApp app;
    app.tables->new_users_active = false;
    const Result<SignedIn> outcome = sign_up(app, "alice");
    REQUIRE(!outcome);
    CHECK(outcome.error().errc == Errc::invalid_credentials);
    CHECK(app.tables->users.size() == 1);
    CHECK(app.tables->sessions.empty());
}

TEST_CASE("unknown name, wrong password and inactive account are one error") {
    TestApp app;
    REQUIRE(sign_up(app, "alice"));
    REQUIRE(sign_up(app, "gone"));
    const auto gone = app.store.find(LoginName{NameKind::username, text("gone")});
    REQUIRE(app.store.set_active((*gone)->id, false));
    CHECK(log_in(app, "nobody").error().errc == Errc::invalid_credentials);
    CHECK(log_in(app, "alice", "bad").error().errc == Errc::invalid_credentials);
    CHECK(log_in(app, "gone").error().errc == Errc::invalid_credentials);
}

TEST_CASE("every failed login costs exactly one hash") {
    TestApp app;
    REQUIRE(sign_up(app, "alice"));
    REQUIRE(sign_up(app, "gone"));
    const auto gone = app.store.find(LoginName{NameKind::username, text("gone")});
    REQUIRE(app.store.set_active((*gone)->id, false));
    app.hasher.hashes = 0;
    for (const char* name : {"nobody", "alice", "gone"}) {
        app.hasher.verifications = 0;
        CHECK(!log_in(app, name, "bad"));
        CHECK(app.hasher.verifications == 1);
        CHECK(app.hasher.hashes == 0);
    }
}

TEST_CASE("a name that is no text costs one hash too") {
    TestApp app;
    CHECK(log_in(app, std::string("a\0b", 3)).error().errc == Errc::invalid_credentials);
    CHECK(app.hasher.verifications == 1);
}

TEST_CASE("a password stored by old means is hashed again at login") {
    TestApp app;
    const Result<SignedIn> made = sign_up(app, "alice");
    REQUIRE(made);
    REQUIRE(app.store.set_password(made->account.id, text("old:good")));
    REQUIRE(log_in(app, "alice"));
    const auto account = app.store.find(made->account.id);
    CHECK((*account)->password_hash == "new:good");
}

TEST_CASE("a failed login leaves the stored hash alone") {
    TestApp app;
    const Result<SignedIn> made = sign_up(app, "alice");
    REQUIRE(made);
    REQUIRE(app.store.set_password(made->account.id, text("old:good")));
    CHECK(!log_in(app, "alice", "bad"));
    CHECK((*app.store.find(made->account.id))->password_hash == "old:good");
}

TEST_CASE("when memory runs out a login says so instead of calling the password wrong") {
    TestApp app;
    REQUIRE(sign_up(app, "alice"));
    app.hasher.out_of_memory = true;
    CHECK(log_in(app, "alice").error().errc == Errc::out_of_memory);
    CHECK(log_in(app, "nobody").error().errc == Errc::out_of_memory);
}

TEST_CASE("a role granted in the tables is in the next token") {
    TestApp app;
    const Result<SignedIn> made = sign_up(app, "alice");
    REQUIRE(made);
    REQUIRE(app.store.create_role(text("editor")));
    REQUIRE(app.store.grant(made->account.id, {text("editor")}));
    const Result<SignedIn> again = log_in(app, "alice");
    REQUIRE(again);
    CHECK(again->roles.names == std::vector<std::string>{"editor", "user"});
}

TEST_CASE("a user without any role cannot sign in") {
    TestApp app;
    const Result<SignedIn> made = sign_up(app, "alice");
    REQUIRE(made);
    REQUIRE(app.store.revoke(made->account.id, {text("user")}));
    app.policy.roles.default_role = "";
    CHECK(log_in(app, "alice").error().errc == Errc::no_role);
}

TEST_CASE("without a signing key nobody is signed in") {
    TestApp app;
    REQUIRE(sign_up(app, "alice"));
    app.tokens.no_key = true;
    CHECK(log_in(app, "alice").error().errc == Errc::no_signing_key);
}

TEST_CASE("claims that cannot be passed on leave nothing of a signup behind") {
    TestApp app;
    const SignInPorts ports = ports_of(app);
    const auto sign_up = [&] {
        return signup({"alice", std::nullopt, "good", {}}, ports, app.policy, app.clock.now);
    };
    app.tables->claims = std::nullopt;
    CHECK(sign_up().error().errc == Errc::claims_failed);
    app.tables->claims = R"({"x-hasura-role":"admin"})";
    CHECK(sign_up().error().errc == Errc::claims_failed);
    app.tables->claims = "{}";
    app.tokens.no_key = true;
    CHECK(sign_up().error().errc == Errc::no_signing_key);
    CHECK(app.tables->users.empty());
    CHECK(app.tables->sessions.empty());
    app.tokens.no_key = false;
    CHECK(sign_up());
}

TEST_CASE("claims that cannot be passed on leave nothing of a login behind") {
    TestApp app;
    const SignInPorts ports = ports_of(app);
    REQUIRE(signup({"alice", std::nullopt, "good", {}}, ports, app.policy, app.clock.now));
    const auto log_in = [&] {
        return login({NameKind::username, "alice", "good", {}}, ports, app.policy, app.clock.now);
    };
    app.tables->claims = "[]";
    CHECK(log_in().error().errc == Errc::claims_failed);
    CHECK(app.tables->sessions.size() == 1);
    CHECK_FALSE(app.tables->users[0].last_login_at_s);
    app.tables->claims = R"({"x-hasura-org":7})";
    const auto outcome = log_in();
    REQUIRE(outcome);
    CHECK(app.tokens.claims(outcome->token).custom.at("x-hasura-org") == "7");
}
