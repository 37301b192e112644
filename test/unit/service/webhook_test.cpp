#include "routes/error_table.hpp"
#include "support/test_app.hpp"

#include <signet/service/webhook.hpp>

#include <doctest/doctest.h>

using namespace signet;
using signet::test::TestApp;
using signet::test::text;

namespace {

// Alice with a token, as the two steps of the webhook see her.
struct Alice {
    TestApp app;
    SignedIn signed_in = signup({"alice", std::nullopt, "good", {}},
                                {app.store, app.store, app.sessions, app.sealer, app.hasher,
                                 app.judge, app.tokens, app.random, app.throttle},
                                app.policy, app.clock.now)
                             .value();
    std::string bearer = "Bearer " + signed_in.token;
    Uuid id = signed_in.account.id;
    Uuid session = Uuid::parse(app.tokens.claims(signed_in.token).session_id).value();

    Result<WebhookAnswer> ask(std::optional<std::string> role = std::nullopt) {
        return ask_with(bearer, std::move(role));
    }
    Result<WebhookAnswer> ask_with(const std::optional<std::string>& authorization,
                                   std::optional<std::string> role = std::nullopt) {
        auto step = answer_from_memory({read_authorization(authorization), std::move(role)},
                                       {app.facts, app.users}, app.policy.roles, app.clock.now);
        if (auto* answer = std::get_if<WebhookAnswer>(&step)) {
            return std::move(*answer);
        }
        if (auto* error = std::get_if<Error>(&step)) {
            return std::move(*error);
        }
        return answer_from_store(std::get<OpenQuestion>(step), {app.users, app.reader},
                                 app.policy.roles, app.clock.now);
    }
    void live_until(std::int64_t until_s) {
        app.reader.sessions = std::vector<LiveSession>{{session, until_s}};
    }
};

}  // namespace

TEST_CASE("a webhook answer holds the default role, the user id and the remaining seconds") {
    Alice alice;
    alice.app.clock.now += 100;
    const auto answer = alice.ask();
    REQUIRE(answer);
    CHECK(answer->role == "user");
    CHECK(answer->user->id == alice.id);
    CHECK(answer->max_age_s == 800);
}

TEST_CASE("a user who is known is answered without a look at the database") {
    Alice alice;
    for (int i = 0; i < 100; ++i) {
        REQUIRE(alice.ask());
    }
    CHECK(alice.app.reader.readings == 1);
}

TEST_CASE("a requested role is honoured if the user has it now, and refused otherwise") {
    Alice alice;
    CHECK(alice.ask("editor").error().errc == Errc::role_not_allowed);
    REQUIRE(alice.app.store.create_role(text("editor")));
    REQUIRE(alice.app.store.grant(alice.signed_in.account.id, {text("editor")}));
    CHECK(alice.ask("editor").error().errc == Errc::role_not_allowed);
    alice.app.users.invalidate(alice.id);
    CHECK(alice.ask("editor")->role == "editor");
    CHECK(alice.ask("")->role == "user");
    CHECK(alice.ask("Editor").error().errc == Errc::role_not_allowed);
}

TEST_CASE("a user who is inactive or gone is refused with a token that still lives") {
    Alice alice;
    REQUIRE(alice.app.store.set_active(alice.signed_in.account.id, false));
    CHECK(alice.ask().error().errc == Errc::invalid_token);
    CHECK(alice.ask().error().errc == Errc::invalid_token);
    CHECK(alice.app.reader.readings == 1);
    REQUIRE(alice.app.store.remove(alice.signed_in.account.id));
    alice.app.users.invalidate(alice.id);
    CHECK(alice.ask().error().errc == Errc::invalid_token);
}

TEST_CASE("a token from before a user was made inactive stays refused when the user is active") {
    Alice alice;
    REQUIRE(alice.ask());
    REQUIRE(alice.app.store.set_active(alice.signed_in.account.id, false));
    REQUIRE(alice.app.store.set_active(alice.signed_in.account.id, true));
    alice.app.users.invalidate(alice.id);
    CHECK(alice.ask().error().errc == Errc::invalid_token);
}

TEST_CASE("a user who has no role any more is refused") {
    Alice alice;
    alice.app.policy.roles.default_role.clear();
    REQUIRE(alice.app.store.revoke(alice.signed_in.account.id, {text("user")}));
    CHECK(alice.ask().error().errc == Errc::invalid_token);
}

TEST_CASE("no credentials are the anonymous role where there is one, and a refusal where not") {
    Alice alice;
    CHECK(alice.ask_with(std::nullopt).error().errc == Errc::missing_token);
    alice.app.policy.roles.anonymous_role = "guest";
    const auto answer = alice.ask_with(std::nullopt, "admin");
    REQUIRE(answer);
    CHECK(answer->role == "guest");
    CHECK(answer->user == nullptr);
}

TEST_CASE("bad credentials are refused even where there is an anonymous role") {
    Alice alice;
    alice.app.policy.roles.anonymous_role = "guest";
    for (const char* bad : {"Bearer nonsense", "Basic YTpi", "Bearer", "Bearer "}) {
        CAPTURE(bad);
        CHECK(alice.ask_with(bad).error().errc == Errc::invalid_token);
    }
    CHECK(alice.app.reader.readings == 0);
}

TEST_CASE("an expired token is refused in the second in which it expires") {
    Alice alice;
    alice.app.clock.now += 899;
    CHECK(alice.ask()->max_age_s == 1);
    alice.app.clock.now += 1;
    CHECK(alice.ask().error().errc == Errc::invalid_token);
}

TEST_CASE("a session that was opened after the user was read costs one more reading") {
    Alice alice;
    alice.app.reader.sessions.emplace();
    CHECK(alice.ask().error().errc == Errc::invalid_token);
    Alice other;
    other.app.reader.sessions = std::vector<LiveSession>{{Uuid{{9}}, other.app.clock.now + 60}};
    const auto stale = make_user_now(other.id, *other.app.reader.read(other.signed_in.account.id),
                                     other.app.policy.roles);
    other.app.users.finish_load(other.app.users.begin_load(other.id),
                                std::make_shared<const UserNow>(*stale));
    other.live_until(other.app.clock.now + 60);
    CHECK(other.ask());
    CHECK(other.ask());
    CHECK(other.app.reader.readings == 2);
}

TEST_CASE("a session that is over is refused, and hammering with its token reads nothing more") {
    Alice alice;
    alice.live_until(alice.app.clock.now + 60);
    REQUIRE(alice.ask());
    alice.app.reader.sessions->clear();
    alice.app.users.invalidate(alice.id);
    for (int i = 0; i < 50; ++i) {
        CHECK(alice.ask().error().errc == Errc::invalid_token);
    }
    CHECK(alice.app.reader.readings == 2);
}

TEST_CASE("a session whose time was over when it was read, but was used since, is let in") {
    Alice alice;
    alice.live_until(alice.app.clock.now + 10);
    REQUIRE(alice.ask());
    alice.app.clock.now += 20;
    alice.live_until(alice.app.clock.now + 10);
    CHECK(alice.ask());
    alice.app.clock.now += 20;
    alice.app.reader.sessions->clear();
    CHECK(alice.ask().error().errc == Errc::invalid_token);
}

TEST_CASE("a session that the database calls alive is alive, whatever the clock here says") {
    Alice alice;
    alice.live_until(alice.app.clock.now - 5);
    CHECK(alice.ask());
    CHECK(alice.ask());
}

TEST_CASE("while the database is away, who is known is answered, and who is not is 503") {
    Alice alice;
    REQUIRE(alice.ask());
    alice.app.users.set_away(true);
    alice.app.reader.failure = Error{Errc::store_unavailable};
    CHECK(alice.ask());
    alice.app.users.invalidate(alice.id);
    CHECK(alice.ask().error().errc == Errc::store_unavailable);
    CHECK(alice.app.reader.readings == 1);
}

TEST_CASE("who is not known is read even while nobody follows the changes") {
    Alice alice;
    users::UserCache unconfirmed{{}};
    auto step = answer_from_memory({read_authorization(alice.bearer), std::nullopt},
                                   {alice.app.facts, unconfirmed}, alice.app.policy.roles,
                                   alice.app.clock.now);
    REQUIRE(std::holds_alternative<OpenQuestion>(step));
    CHECK(answer_from_store(std::get<OpenQuestion>(step), {unconfirmed, alice.app.reader},
                            alice.app.policy.roles, alice.app.clock.now));
}

TEST_CASE("custom claims come from the function's answer, and a bad answer is a refusal") {
    Alice alice;
    alice.app.reader.claims = R"({"X-Hasura-Org":7,"x-hasura-tags":["a","b"]})";
    const auto answer = alice.ask();
    REQUIRE(answer);
    CHECK(answer->user->custom == std::map<std::string, std::string>{
                                      {"x-hasura-org", "7"}, {"x-hasura-tags", R"({"a","b"})"}});
    alice.app.users.invalidate(alice.id);
    alice.app.reader.claims = R"({"x-hasura-role":"admin"})";
    CHECK(alice.ask().error().errc == Errc::claims_failed);
    alice.app.reader.claims = "{}";
    alice.app.users.invalidate(alice.id);
    CHECK(alice.ask());
}

TEST_CASE("a reading that failed is not tried again at once") {
    Alice alice;
    alice.app.reader.failure = Error{Errc::claims_failed, "it raised"};
    for (int i = 0; i < 20; ++i) {
        CHECK(alice.ask().error().errc == Errc::claims_failed);
    }
    CHECK(alice.app.reader.readings == 1);
    alice.app.reader.failure.reset();
    alice.app.users.invalidate(alice.id);
    CHECK(alice.ask());
}

TEST_CASE("whatever keeps a user from being read is 503 to Hasura") {
    for (const Errc errc : {Errc::store_failed, Errc::store_timeout, Errc::store_unavailable,
                            Errc::internal, Errc::claims_failed}) {
        Alice alice;
        alice.app.reader.failure = Error{errc};
        CHECK(routes::describe(alice.ask().error().errc).status == 503);
    }
}

TEST_CASE("claims that have grown old are not given out when they cannot be had again") {
    Alice alice;
    users::UserCache aging{{.age_max = std::chrono::seconds(-1)}};
    aging.confirm(now_since_boot());
    const auto ask = [&] {
        return answer_from_store(
            {alice.app.facts.check(alice.signed_in.token, alice.app.clock.now).value(),
             std::nullopt},
            {aging, alice.app.reader}, alice.app.policy.roles, alice.app.clock.now);
    };
    REQUIRE(ask());
    alice.app.reader.failure = Error{Errc::claims_failed};
    CHECK(ask().error().errc == Errc::claims_failed);
    aging.invalidate_all();
    alice.app.reader.failure.reset();
    REQUIRE(ask());
    alice.app.reader.failure = Error{Errc::store_unavailable};
    CHECK(ask().error().errc == Errc::store_unavailable);
    aging.set_away(true);
    CHECK(ask());
}

TEST_CASE("what was read before a change is given to who asked then, and to nobody after") {
    Alice alice;
    const auto ticket = alice.app.users.begin_load(alice.id);
    const auto before = make_user_now(alice.id, *alice.app.reader.read(alice.signed_in.account.id),
                                      alice.app.policy.roles);
    alice.app.users.invalidate(alice.id);
    alice.app.users.finish_load(ticket, std::make_shared<const UserNow>(*before));
    CHECK(alice.app.users.find(alice.id).user == nullptr);
}
