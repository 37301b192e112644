#include "support/test_app.hpp"

#include <signet/service/authorize.hpp>
#include <signet/service/sign_in.hpp>

#include <doctest/doctest.h>

using namespace signet;
using signet::test::TestApp;
using signet::test::text;

namespace {

SignedIn alice(TestApp& app) {
    return signup(
               {"alice", std::nullopt, "good"},
               {app.store, app.sessions, app.sealer, app.hasher, app.judge, app.tokens, app.random},
               app.policy, app.clock.now)
        .value();
}

Result<WebhookAnswer> ask(TestApp& app, const std::optional<std::string>& authorization,
                          std::optional<std::string> role = std::nullopt) {
    return authorize({read_authorization(authorization), std::move(role)},
                     {app.sessions, app.tokens}, app.policy.roles, app.clock.now);
}

}  // namespace

TEST_CASE("the scheme Bearer is read in any case, with exactly one token behind it") {
    CHECK(read_authorization("Bearer abc").token == "abc");
    CHECK(read_authorization("bearer abc").token == "abc");
    CHECK(read_authorization(std::nullopt).kind == Credentials::Kind::none);
    for (const char* bad : {"", "Bearer", "Bearer ", "Basic abc", "Bearer a b", "Bearer\tabc",
                            "abc", "Bearer Bearer abc", "Bearer a, Bearer b", "Bearer  abc"}) {
        CAPTURE(bad);
        CHECK(read_authorization(bad).kind == Credentials::Kind::malformed);
    }
}

TEST_CASE("a webhook answer holds the default role, the user id and the remaining seconds") {
    TestApp app;
    const SignedIn signed_in = alice(app);
    app.clock.now += 100;
    const Result<WebhookAnswer> answer = ask(app, "Bearer " + signed_in.token);
    REQUIRE(answer);
    CHECK(answer->role == "user");
    CHECK(answer->user_id == signed_in.account.id.str());
    CHECK(answer->max_age_s == 800);
}

TEST_CASE("a requested role is honoured if the user has it now, and refused otherwise") {
    TestApp app;
    const SignedIn signed_in = alice(app);
    const std::string bearer = "Bearer " + signed_in.token;
    CHECK(ask(app, bearer, "editor").error().errc == Errc::role_not_allowed);
    REQUIRE(app.store.create_role(text("editor")));
    REQUIRE(app.store.grant(signed_in.account.id, text("editor")));
    CHECK(ask(app, bearer, "editor")->role == "editor");
    CHECK(ask(app, bearer, "")->role == "user");
    CHECK(ask(app, bearer, "Editor").error().errc == Errc::role_not_allowed);
}

TEST_CASE("a user who is inactive or gone is refused with a token that still lives") {
    TestApp app;
    const SignedIn signed_in = alice(app);
    REQUIRE(app.store.set_active(signed_in.account.id, false));
    CHECK(ask(app, "Bearer " + signed_in.token).error().errc == Errc::invalid_token);
    REQUIRE(app.store.remove(signed_in.account.id));
    CHECK(ask(app, "Bearer " + signed_in.token).error().errc == Errc::invalid_token);
}

TEST_CASE("a token from before a user was made inactive stays refused when the user is active") {
    TestApp app;
    const SignedIn signed_in = alice(app);
    REQUIRE(ask(app, "Bearer " + signed_in.token));
    REQUIRE(app.store.set_active(signed_in.account.id, false));
    REQUIRE(app.store.set_active(signed_in.account.id, true));
    CHECK(ask(app, "Bearer " + signed_in.token).error().errc == Errc::invalid_token);
}

TEST_CASE("no credentials are the anonymous role where there is one, and a refusal where not") {
    TestApp app;
    CHECK(ask(app, std::nullopt).error().errc == Errc::missing_token);
    app.policy.roles.anonymous_role = "guest";
    const Result<WebhookAnswer> answer = ask(app, std::nullopt);
    REQUIRE(answer);
    CHECK(answer->role == "guest");
    CHECK(!answer->user_id);
}

TEST_CASE("bad credentials are refused even where there is an anonymous role") {
    TestApp app;
    app.policy.roles.anonymous_role = "guest";
    for (const char* bad : {"Bearer nonsense", "Basic YTpi", "Bearer", ""}) {
        CAPTURE(bad);
        CHECK(ask(app, bad).error().errc == Errc::invalid_token);
    }
}

TEST_CASE("the anonymous role does not follow a requested role") {
    TestApp app;
    app.policy.roles.anonymous_role = "guest";
    CHECK(ask(app, std::nullopt, "admin")->role == "guest");
}

TEST_CASE("an expired token is refused in the second in which it expires") {
    TestApp app;
    const SignedIn signed_in = alice(app);
    app.clock.now += 899;
    CHECK(ask(app, "Bearer " + signed_in.token)->max_age_s == 1);
    app.clock.now += 1;
    CHECK(ask(app, "Bearer " + signed_in.token).error().errc == Errc::invalid_token);
}
