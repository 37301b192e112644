#include "support/test_app.hpp"

#include <signet/service/account.hpp>
#include <signet/service/sessions.hpp>

#include <doctest/doctest.h>

using namespace signet;
using signet::test::TestApp;
using signet::test::text;

namespace {

SignInPorts ports_of(TestApp& app) {
    return {app.store, app.store,  app.sessions, app.sealer,  app.hasher,
            app.judge, app.tokens, app.random,   app.throttle};
}

RefreshPorts refresh_ports(TestApp& app) {
    return {app.sessions, app.sealer, app.tokens, app.random, app.policy.mail};
}

SignedIn alice(TestApp& app) {
    return signup({"alice", std::nullopt, "good", {}}, ports_of(app), app.policy, app.clock.now)
        .value();
}

Result<RefreshOutcome> use(TestApp& app, std::string_view token) {
    return refresh(token, refresh_ports(app), app.policy, app.clock.now);
}

void age(TestApp& app, std::int64_t seconds) {
    for (auto& row : app.tables->sessions) {
        row.state.rotated_at_ms -= seconds * 1000;
        row.state.idle_until_ms -= seconds * 1000;
    }
}

Result<Caller> caller_of(TestApp& app, const std::string& token) {
    return authenticate({Credentials::Kind::bearer, token}, {app.sessions, app.tokens},
                        app.policy.roles, app.clock.now);
}

Result<UserId> log_out(TestApp& app, const std::string& token, bool all = false) {
    return logout(token, all, refresh_ports(app), app.policy.sessions);
}

}  // namespace

TEST_CASE("a signup and a login open a session each, which their tokens name") {
    TestApp app;
    const SignedIn first = alice(app);
    const auto second = login({NameKind::username, "alice", "good", {"phone", "203.0.113.0/24"}},
                              ports_of(app), app.policy, app.clock.now);
    REQUIRE(second);
    CHECK(first.session != second->session);
    CHECK(app.tokens.claims(first.token).session_id == first.session.str());
    CHECK(app.tokens.claims(second->token).session_id == second->session.str());
    REQUIRE(app.tables->sessions.size() == 2);
    CHECK(app.tables->sessions[1].client.device == "phone");
    CHECK(use(app, first.refresh_token));
    CHECK(use(app, second->refresh_token));
}

TEST_CASE("a refresh gives new tokens with the roles of now, for the same session") {
    TestApp app;
    const SignedIn first = alice(app);
    REQUIRE(app.store.create_role(text("editor")));
    REQUIRE(app.store.grant(first.account.id, {text("editor")}));
    const auto again = use(app, first.refresh_token);
    REQUIRE(again);
    CHECK(again->which == RefreshCase::rotate);
    CHECK(again->signed_in.session == first.session);
    CHECK(again->signed_in.refresh_token != first.refresh_token);
    CHECK(again->signed_in.roles.names == std::vector<std::string>{"editor", "user"});
    const AccessClaims& claims = app.tokens.claims(again->signed_in.token);
    CHECK(claims.session_id == first.session.str());
    CHECK(claims.allowed_roles == std::vector<std::string>{"editor", "user"});
    CHECK(app.tables->sessions.size() == 1);
}

TEST_CASE("a token that is used again within the grace gives the identical successor") {
    TestApp app;
    const SignedIn first = alice(app);
    const std::string successor = use(app, first.refresh_token)->signed_in.refresh_token;
    for (int i = 0; i < 20; ++i) {
        const auto again = use(app, first.refresh_token);
        REQUIRE(again);
        CHECK(again->which == RefreshCase::replay);
        CHECK(again->signed_in.refresh_token == successor);
    }
    CHECK(use(app, successor)->which == RefreshCase::rotate);
}

TEST_CASE("a token that is used again after the grace ends the session for everybody") {
    TestApp app;
    const SignedIn first = alice(app);
    const auto second = use(app, first.refresh_token);
    age(app, 31);
    CHECK(use(app, first.refresh_token).error().errc == Errc::invalid_refresh_token);
    CHECK(use(app, second->signed_in.refresh_token).error().errc == Errc::invalid_refresh_token);
    CHECK(caller_of(app, second->signed_in.token).error().errc == Errc::invalid_token);
    CHECK(app.tables->audit.back().action == "session-reuse");
}

TEST_CASE("a token that the database does not remember to have given out is taken and told") {
    TestApp app;
    const SignedIn first = alice(app);
    const auto second = use(app, first.refresh_token);
    app.tables->sessions[0].state.generation = 0;  // a fail-over
    const auto third = use(app, second->signed_in.refresh_token);
    REQUIRE(third);
    CHECK(third->which == RefreshCase::ahead);
    CHECK(use(app, second->signed_in.refresh_token)->which == RefreshCase::replay);
}

TEST_CASE("whatever is no token of a live session is one and the same error") {
    TestApp app;
    const SignedIn first = alice(app);
    std::string other = first.refresh_token;
    other.back() = other.back() == 'A' ? 'Q' : 'A';
    for (const std::string& bad : {std::string(), std::string("rt1."), first.token, other,
                                   first.refresh_token + 'A', first.refresh_token.substr(1)}) {
        CHECK(use(app, bad).error().errc == Errc::invalid_refresh_token);
        CHECK(log_out(app, bad).error().errc == Errc::invalid_refresh_token);
    }
    age(app, app.policy.sessions.idle_s);
    CHECK(use(app, first.refresh_token).error().errc == Errc::invalid_refresh_token);
}

TEST_CASE("a refresh that fails for our reasons uses nothing up") {
    TestApp app;
    const SignedIn first = alice(app);
    app.tokens.no_key = true;
    CHECK(use(app, first.refresh_token).error().errc == Errc::no_signing_key);
    app.tokens.no_key = false;
    app.sealer.lost = true;
    CHECK(use(app, first.refresh_token).error().errc == Errc::session_key_unavailable);
    app.sealer.lost = false;
    app.tables->outage = Errc::store_unavailable;
    CHECK(use(app, first.refresh_token).error().errc == Errc::store_unavailable);
    app.tables->outage = std::nullopt;
    app.policy.roles.default_role = "";
    REQUIRE(app.store.revoke(first.account.id, {text("user")}));
    CHECK(use(app, first.refresh_token).error().errc == Errc::no_role);
    REQUIRE(app.store.grant(first.account.id, {text("user")}));
    CHECK(use(app, first.refresh_token)->which == RefreshCase::rotate);
}

TEST_CASE("a logout by a token of the grace, which would refresh, ends the session at once") {
    TestApp app;
    const SignedIn first = alice(app);
    const auto second = use(app, first.refresh_token);
    const auto user = log_out(app, first.refresh_token);
    REQUIRE(user);
    CHECK(*user == first.account.id);
    CHECK(use(app, second->signed_in.refresh_token).error().errc == Errc::invalid_refresh_token);
    CHECK(caller_of(app, second->signed_in.token).error().errc == Errc::invalid_token);
}

TEST_CASE("a logout by a used-up token ends its own session, as a refresh does, and no other") {
    TestApp app;
    const SignedIn first = alice(app);
    const SignedIn other =
        *login({NameKind::username, "alice", "good", {}}, ports_of(app), app.policy, app.clock.now);
    const auto second = use(app, first.refresh_token);
    age(app, 31);
    const auto refused = log_out(app, first.refresh_token, true);
    CHECK(refused.error().errc == Errc::invalid_refresh_token);
    CHECK(refused.error().alarming);
    CHECK(app.tables->audit.back().action == "session-reuse");
    CHECK(use(app, second->signed_in.refresh_token).error().errc == Errc::invalid_refresh_token);
    CHECK(use(app, other.refresh_token));
}

TEST_CASE("a logout by an expired token ends nothing") {
    TestApp app;
    const SignedIn old = alice(app);
    age(app, app.policy.sessions.idle_s);
    const SignedIn fresh =
        *login({NameKind::username, "alice", "good", {}}, ports_of(app), app.policy, app.clock.now);
    CHECK(log_out(app, old.refresh_token, true).error().errc == Errc::invalid_refresh_token);
    CHECK(use(app, fresh.refresh_token));
}

TEST_CASE("a logout ends one session, or with all every session of its user") {
    TestApp app;
    const SignedIn first = alice(app);
    const auto log_in = [&] {
        return *login({NameKind::username, "alice", "good", {}}, ports_of(app), app.policy,
                      app.clock.now);
    };
    const SignedIn second = log_in();
    REQUIRE(log_out(app, first.refresh_token));
    CHECK(caller_of(app, second.token));
    const SignedIn third = log_in();
    REQUIRE(log_out(app, second.refresh_token, true));
    CHECK_FALSE(caller_of(app, second.token));
    CHECK_FALSE(caller_of(app, third.token));
}

TEST_CASE("a changed password ends every other session, and the old one signs nobody in") {
    TestApp app;
    const SignedIn first = alice(app);
    const SignedIn second =
        *login({NameKind::username, "alice", "good", {}}, ports_of(app), app.policy, app.clock.now);
    const auto caller = caller_of(app, first.token);
    REQUIRE(caller);
    const PasswordPorts ports{app.sessions, app.store,  app.hasher, app.judge,
                              app.throttle, app.sealer, app.random, app.policy.mail};
    REQUIRE(change_password(*caller, {"good", "better"}, ports));
    CHECK(caller_of(app, first.token));
    CHECK(use(app, first.refresh_token));
    CHECK_FALSE(caller_of(app, second.token));
    CHECK_FALSE(use(app, second.refresh_token));
    const auto log_in = [&](std::string password) {
        return login({NameKind::username, "alice", std::move(password), {}}, ports_of(app),
                     app.policy, app.clock.now);
    };
    CHECK(log_in("good").error().errc == Errc::invalid_credentials);
    CHECK(log_in("better"));
}

TEST_CASE("a password is changed by who knows the current one, to one that is good enough") {
    TestApp app;
    const SignedIn first = alice(app);
    const auto caller = caller_of(app, first.token);
    REQUIRE(caller);
    const PasswordPorts ports{app.sessions, app.store,  app.hasher, app.judge,
                              app.throttle, app.sealer, app.random, app.policy.mail};
    CHECK(change_password(*caller, {"bad", "better"}, ports).error().errc ==
          Errc::wrong_current_password);
    const auto weak = change_password(*caller, {"good", "weak"}, ports);
    REQUIRE_FALSE(weak);
    CHECK(weak.error().errc == Errc::invalid_input);
    CHECK(weak.error().fields.at(0).pointer == "/newPassword");
    // The account changed between the look at it and the change.
    REQUIRE(change_password(*caller, {"good", "better"}, ports));
    CHECK(change_password(*caller, {"good", "best"}, ports).error().errc ==
          Errc::wrong_current_password);
}

TEST_CASE("a login that meets a rehash of the same password looks again and succeeds") {
    TestApp app;
    const SignedIn first = alice(app);
    app.hasher.meanwhile = [&] {
        REQUIRE(app.store.set_password(first.account.id, text("old:good")));
    };
    const auto again =
        login({NameKind::username, "alice", "good", {}}, ports_of(app), app.policy, app.clock.now);
    REQUIRE(again);
    CHECK(app.hasher.verifications == 2);
    CHECK((*app.store.find(first.account.id))->password_hash == "new:good");
    CHECK(app.tables->sessions.size() == 1);
}

TEST_CASE("a login whose password is changed meanwhile is refused") {
    TestApp app;
    const SignedIn first = alice(app);
    app.hasher.meanwhile = [&] {
        REQUIRE(app.store.set_password(first.account.id, text("new:other")));
    };
    const auto late =
        login({NameKind::username, "alice", "good", {}}, ports_of(app), app.policy, app.clock.now);
    CHECK(late.error().errc == Errc::invalid_credentials);
    CHECK(app.tables->sessions.empty());
}

TEST_CASE("a role that is granted while the token is signed is in the token") {
    TestApp app;
    const SignedIn first = alice(app);
    REQUIRE(app.store.create_role(text("editor")));
    app.tokens.meanwhile = [&] { REQUIRE(app.store.grant(first.account.id, {text("editor")})); };
    const auto again = use(app, first.refresh_token);
    REQUIRE(again);
    CHECK(app.tokens.claims(again->signed_in.token).allowed_roles ==
          std::vector<std::string>{"editor", "user"});
    CHECK(again->signed_in.roles.names == std::vector<std::string>{"editor", "user"});
}

TEST_CASE("a refresh token that is used again after its grace is something to look at") {
    TestApp app;
    const SignedIn first = alice(app);
    REQUIRE(use(app, first.refresh_token));
    age(app, 31);
    CHECK(use(app, first.refresh_token).error().alarming);
    CHECK_FALSE(use(app, first.refresh_token).error().alarming);
}

TEST_CASE("a refresh carries the claims of now; while they fail, a forged token stays a 401") {
    TestApp app;
    const SignedIn first = alice(app);
    app.tables->claims = R"({"x-hasura-org":7})";
    const auto second = use(app, first.refresh_token);
    REQUIRE(second);
    CHECK(app.tokens.claims(second->signed_in.token).custom.at("x-hasura-org") == "7");
    app.tables->claims = std::nullopt;
    const std::string& token = second->signed_in.refresh_token;
    CHECK(use(app, token).error().errc == Errc::claims_failed);
    std::string forged = token;
    forged[40] = forged[40] == 'A' ? 'B' : 'A';
    CHECK(use(app, forged).error().errc == Errc::invalid_refresh_token);
    app.tables->claims = "{}";
    CHECK(use(app, token)->which == RefreshCase::rotate);
    app.tables->claims = std::nullopt;
    age(app, 31);
    CHECK(use(app, token).error().alarming);
    CHECK(app.tables->sessions.empty());
}

TEST_CASE("a session that was ended meanwhile changes no password") {
    TestApp app;
    const SignedIn first = alice(app);
    const auto caller = caller_of(app, first.token);
    REQUIRE(caller);
    app.hasher.meanwhile = [&] {
        REQUIRE(app.sessions.end_all(first.account.id, std::nullopt, {"logout-everywhere"}));
    };
    const PasswordPorts ports{app.sessions, app.store,  app.hasher, app.judge,
                              app.throttle, app.sealer, app.random, app.policy.mail};
    CHECK_FALSE(change_password(*caller, {"good", "better"}, ports));
    CHECK((*app.store.find(first.account.id))->password_hash == "new:good");
}
