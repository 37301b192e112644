#include "routes/actions.hpp"

#include "http/request_error.hpp"
#include "routes/table.hpp"
#include "support/session_calls.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>

using namespace signet;
using namespace signet::routes;
using namespace signet::test;
namespace json = boost::json;

namespace {

constexpr std::string_view kAnonymous = R"({"x-hasura-role":"anonymous"})";

// What Hasura sends, with these arguments and session variables.
http::Request payload(TestApp& app, std::string_view input,
                      std::string_view variables = kAnonymous) {
    return app.request(R"({"action":{"name":"whatever"},"input":)" + std::string(input) +
                       R"(,"session_variables":)" + std::string(variables) +
                       R"(,"request_query":"mutation { x }"})");
}

http::Response call(TestApp& app, std::string_view path, const http::Request& request) {
    const auto row = std::ranges::find(table(), path, &Row::path);
    REQUIRE(row != table().end());
    return app.answer(*row, request);
}

json::object act(TestApp& app, std::string_view path, std::string_view input,
                 std::string_view variables = kAnonymous) {
    return json::parse(call(app, path, payload(app, input, variables)).body).as_object();
}

std::string variables_of(std::string_view role, const std::string& user) {
    return json::serialize(json::object{{"x-hasura-role", role}, {"x-hasura-user-id", user}});
}

// Which error the action had; empty for none.
std::string code_of(const http::Response& response) {
    return response.status < 400 ? "" : text_of(json::parse(response.body).as_object(), "code");
}

}  // namespace

TEST_CASE(
    "an action takes its arguments flat, or in the one argument there is, whatever its name") {
    for (const char* shape : {"%", R"({"input":%})", R"({"object":%})", R"({"credentials":%})"}) {
        CAPTURE(shape);
        TestApp app;
        std::string input = shape;
        input.replace(input.find('%'), 1, R"({"username":"alice","password":"good"})");
        const json::object signed_up = act(app, "/actions/signup", input);
        CHECK(text_of(signed_up, "username") == "alice");
        CHECK(text_of(act(app, "/actions/login", input), "id") == text_of(signed_up, "id"));
    }
}

TEST_CASE("an action ignores arguments that it does not know, and takes null for one not given") {
    TestApp app;
    const json::object signed_up = act(
        app, "/actions/signup",
        R"({"username":"alice","email":null,"password":"good","metadata":null,"roles":["admin"],"active":false})");
    CHECK(json::serialize(signed_up.at("roles")) == R"(["user"])");
    CHECK(text_of(act(app, "/actions/signup",
                      R"({"data":{"username":"bob","password":"good","captcha":{"deep":[1]}}})"),
                  "username") == "bob");
    CHECK(text_of(act(app, "/actions/login",
                      R"({"credentials":{"username":"bob","password":"good"},"captcha":"x"})"),
                  "username") == "bob");
}

TEST_CASE("an argument or a payload of a wrong type is refused with its name") {
    TestApp app;
    const auto refuses = [&](std::string_view body, std::string_view pointer) {
        const http::Response refused = call(app, "/actions/login", app.request(std::string(body)));
        CAPTURE(body);
        CHECK(refused.status == 400);
        CHECK(refused.body.find(pointer) != std::string::npos);
    };
    refuses(R"({"input":{"username":7,"password":"good"}})", "\"/username\"");
    refuses(R"({"input":{"username":"a","password":["good"]}})", "\"/password\"");
    refuses(R"({"input":[]})", "\"/input\"");
    refuses(R"({"input":null})", "\"/input\"");
    refuses(R"({})", "\"/input\"");
    refuses("[]", "object-expected");
    refuses("{", "invalid-json");
    refuses("", "invalid-json");
    refuses(R"({"input":{"username":"a","username":"b","password":"good"}})", "duplicate-key");
}

TEST_CASE("a name that a tutorial's signup sends is kept as metadata") {
    TestApp app;
    const json::object signed_up =
        act(app, "/SignUp", R"({"email":"a@example.org","name":"Jane Doe","password":"good"})");
    CHECK(signed_up.contains("id"));
    CHECK(signed_up.contains("token"));
    const UserId user = UserId::parse(text_of(signed_up, "id")).value();
    CHECK(app.tables->row_of(user)->metadata == R"({"name":"Jane Doe"})");
    const json::object nameless =
        act(app, "/SignUp",
            R"({"email":"b@example.org","name":null,"metadata":null,"password":"good"})");
    CHECK(app.tables->row_of(UserId::parse(text_of(nameless, "id")).value())->metadata == "{}");
    CHECK(text_of(act(app, "/SignIn", R"({"email":"A@example.org","password":"good"})"), "id") ==
          text_of(signed_up, "id"));
}

TEST_CASE(
    "the user of an action is the one that Hasura names, but not where the client says it itself") {
    TestApp app;
    app.policy.roles.anonymous_role = "guest";
    const std::string user = text_of(sign_up(app), "id");
    const auto me = [&](std::string_view role, const std::string& id) {
        return code_of(call(app, "/actions/me", payload(app, "{}", variables_of(role, id))));
    };
    CHECK(me("user", user) == "");
    CHECK(text_of(act(app, "/actions/me", "{}", variables_of("user", user)), "username") ==
          "alice");
    for (const char* role : {"anonymous", "guest", "admin", "", "editor"}) {
        CAPTURE(role);
        CHECK(me(role, user) == "missing-token");
    }
    CHECK(me("user", "") == "missing-token");
    CHECK(me("user", "alice") == "missing-token");
    CHECK(me("user", "00000000-0000-4000-8000-000000000000") == "invalid-token");
    CHECK(code_of(call(app, "/actions/me", app.request(R"({"input":{}})"))) == "missing-token");
    app.tables->row_of(UserId::parse(user).value())->active = false;
    CHECK(me("user", user) == "invalid-token");
}

TEST_CASE("a user to whom somebody granted the anonymous role or admin is not given away by it") {
    TestApp app;
    app.policy.roles = {"user", "guest", true};
    const std::string user = text_of(sign_up(app), "id");
    app.tables->grants.insert({{user, "guest"}, {user, "anonymous"}, {user, "admin"}});
    for (const char* role : {"guest", "anonymous", "admin"}) {
        CAPTURE(role);
        CHECK(code_of(call(app, "/actions/me", payload(app, "{}", variables_of(role, user)))) ==
              "missing-token");
    }
}

TEST_CASE("the token that Hasura passes on says who calls, whatever the session variables say") {
    TestApp app;
    const json::object alice = sign_up(app);
    const std::string bob =
        text_of(act(app, "/actions/signup", R"({"username":"bob","password":"good"})"), "id");
    http::Request request = payload(app, "{}", variables_of("user", bob));
    request.headers.push_back({"authorization", "Bearer " + text_of(alice, "token")});
    CHECK(text_of(json::parse(call(app, "/actions/me", request).body).as_object(), "username") ==
          "alice");
    http::Request forged = payload(app, "{}", variables_of("user", bob));
    forged.headers.push_back({"authorization", "Bearer x.y.z"});
    CHECK(code_of(call(app, "/actions/me", forged)) == "invalid-token");
}

TEST_CASE(
    "an action logs out by refresh token, by access token, or all sessions of Hasura's user") {
    TestApp app;
    const auto live = [&](const json::object& session) {
        return call(app, "/me", app.bearer(text_of(session, "token"))).status == 200;
    };
    const json::object by_refresh = sign_up(app);
    const std::string user = variables_of("user", text_of(by_refresh, "id"));
    const auto login = [&] {
        return act(app, "/actions/login", R"({"username":"alice","password":"good"})");
    };
    const json::object by_access = login();
    const json::object kept = login();
    const auto done =
        call(app, "/actions/logout", payload(app, body_with(text_of(by_refresh, "refreshToken"))));
    CHECK(done.status == 200);
    CHECK(done.body == R"({"ok":true})");
    CHECK(done.content_type == "application/json");
    CHECK_FALSE(live(by_refresh));

    http::Request request = payload(app, "{}");
    request.headers.push_back({"authorization", "Bearer " + text_of(by_access, "token")});
    CHECK(call(app, "/actions/logout", request).body == R"({"ok":true})");
    CHECK_FALSE(live(by_access));

    for (const char* nothing : {"{}", R"({"refreshToken":null})", R"({"refreshToken":""})"}) {
        CAPTURE(nothing);
        CHECK(code_of(call(app, "/actions/logout", payload(app, nothing, user))) == "required");
    }
    CHECK(code_of(call(app, "/actions/logout", payload(app, R"({"all":true})"))) ==
          "missing-token");
    CHECK(live(kept));
    CHECK(act(app, "/actions/logout", R"({"all":true})", user).at("ok") == true);
    CHECK_FALSE(live(kept));
}

TEST_CASE(
    "an action for a session that Hasura names ends that session, and knows when it is over") {
    TestApp app;
    const json::object session = sign_up(app);
    const json::object other =
        act(app, "/actions/login", R"({"username":"alice","password":"good"})");
    json::object variables{
        {"x-hasura-role", "user"},
        {"x-hasura-user-id", text_of(session, "id")},
        {"x-hasura-session-id", app.tokens.claims(text_of(session, "token")).session_id}};
    const std::string said = json::serialize(variables);
    CHECK(act(app, "/actions/logout", "{}", said).at("ok") == true);
    CHECK(code_of(call(app, "/actions/me", payload(app, "{}", said))) == "invalid-token");
    CHECK(call(app, "/me", app.bearer(text_of(other, "token"))).status == 200);
    variables["x-hasura-session-id"] = "x";
    CHECK(code_of(call(app, "/actions/me", payload(app, "{}", json::serialize(variables)))) ==
          "invalid-token");
}

TEST_CASE("with cookies on, a page that may not call Signet may not do so through Hasura either") {
    TestApp app;
    app.browsers.cookies = true;
    app.browsers.origins = {"https://app.example"};
    const auto refresh = [&](const char* origin, const std::string& cookie) {
        http::Request request = payload(app, "{}");
        if (origin != nullptr) {
            request.headers.push_back({"x-forwarded-origin", origin});
        }
        request.headers.push_back({"cookie", cookie});
        return call(app, "/actions/refresh", request);
    };
    const auto signed_up =
        call(app, "/actions/signup", payload(app, R"({"username":"alice","password":"good"})"));
    const auto set = cookies_of(signed_up);
    REQUIRE(set.size() == 2);
    CHECK(std::ranges::all_of(set, [](const std::string& one) { return one.size() < 4096; }));
    CHECK(json::parse(signed_up.body).as_object().contains("refreshToken"));
    const std::string cookie = set[1].substr(0, set[1].find(';'));
    CHECK(code_of(refresh("https://evil.example", cookie)) == "origin-not-allowed");
    CHECK(code_of(refresh(nullptr, cookie)) == "origin-not-allowed");
    CHECK(refresh("https://app.example", cookie).status == 200);
}

TEST_CASE(
    "a session that was opened through Hasura is listed with the client's device if it is known") {
    TestApp app;
    http::Request request = payload(app, R"({"username":"alice","password":"good"})");
    request.headers.push_back({"user-agent", "hasura-graphql-engine/v2.48.3"});
    request.headers.push_back({"x-forwarded-user-agent", "Firefox"});
    const json::object session =
        json::parse(call(app, "/actions/signup", request).body).as_object();
    const auto listed =
        json::parse(call(app, "/sessions", app.bearer(text_of(session, "token"))).body);
    CHECK(listed.at(0).at("device") == "Firefox");
}

TEST_CASE(
    "the error of an action is what Hasura passes on: a message, and extensions with a code") {
    TestApp app;
    http::Response problem = call(app, "/actions/login", payload(app, R"({"password":7})"));
    const json::object error = json::parse(to_action_error(problem).body).as_object();
    CHECK(error.size() == 2);
    CHECK(text_of(error, "message").find("username: ") != std::string::npos);
    CHECK(text_of(error, "message").find("password: ") != std::string::npos);
    const json::object& extensions = error.at("extensions").as_object();
    CHECK(text_of(extensions, "code") == "invalid-input");
    CHECK(extensions.at("errors").as_array().size() == 2);

    problem = call(app, "/actions/{id}", payload(app, "{}"));
    const http::Response unknown = to_action_error(problem);
    CHECK(unknown.status == 404);
    CHECK(unknown.content_type == "application/json");
    CHECK(unknown.body.find(R"("code":"action-not-found")") != std::string::npos);
}

TEST_CASE("an error on the side of the server reaches Hasura's client, with the time to wait") {
    TestApp app;
    const http::Response down =
        to_action_error(refuse(Errc::store_unavailable, app.request(), app.log));
    CHECK(down.status == 400);
    const json::object error = json::parse(down.body).as_object();
    CHECK_FALSE(text_of(error, "message").empty());
    CHECK(text_of(error.at("extensions").as_object(), "code") == "database-unavailable");
    CHECK(error.at("extensions").at("retryAfter") == 2);
    for (const auto& row : http::request_error_table()) {
        if (row.status != 0) {
            const auto formed =
                json::parse(to_action_error(http::to_response(row.error, "id")).body);
            CHECK(formed.at("extensions").at("code").as_string() == row.code);
        }
    }
}
