#include "routes/graphql.hpp"

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
#include <utility>
#include <vector>

using namespace signet;
using namespace signet::routes;
using namespace signet::test;
namespace json = boost::json;

namespace {

using Headers = std::vector<http::Header>;

http::Request query(TestApp& app, std::string_view text, Headers headers = {}) {
    http::Request request = app.request(json::serialize(json::object{{"query", text}}));
    request.headers = std::move(headers);
    return request;
}

http::Response send(TestApp& app, const http::Request& request) {
    return post_graphql(request, app.contexts, app.crypto);
}

json::object ask(TestApp& app, std::string_view text, Headers headers = {}) {
    return json::parse(send(app, query(app, text, std::move(headers))).body).as_object();
}

// The code of the first error; empty for none.
std::string code_of(const json::object& answer) {
    const json::value* errors = answer.if_contains("errors");
    return errors == nullptr ? std::string()
                             : std::string(errors->at(0).at("extensions").at("code").as_string());
}

Headers session(std::string_view role, const std::string& user) {
    return {{"x-hasura-role", std::string(role)}, {"x-hasura-user-id", user}};
}

constexpr std::string_view kSignup =
    R"(mutation { signup(username: "alice", password: "good") { id username roles token expiresIn refreshToken status } })";

}  // namespace

TEST_CASE("mutations of the remote schema do what the routes do, and answer what they answer") {
    TestApp app;
    const json::object signed_up = ask(app, kSignup).at("data").at("signup").as_object();
    CHECK(text_of(signed_up, "username") == "alice");
    CHECK(signed_up.at("roles") == json::array{"user"});
    CHECK(signed_up.at("status").is_null());
    const json::object other =
        ask(app,
            R"(mutation($p: String = "good") { login(username: "ALICE", password: $p) { id refreshToken } })")
            .at("data")
            .at("login")
            .as_object();
    CHECK(other.at("id") == signed_up.at("id"));
    const std::string token = text_of(other, "refreshToken");
    const json::object refreshed =
        ask(app, "mutation { refresh(refreshToken: \"" + token + "\") { token refreshToken } }")
            .at("data")
            .at("refresh")
            .as_object();
    const std::string next = text_of(refreshed, "refreshToken");
    CHECK(next != token);
    const std::string logout = "mutation { logout(refreshToken: \"" + next + "\") }";
    CHECK(json::serialize(ask(app, logout)) == R"({"data":{"logout":true}})");
    CHECK(code_of(ask(app, "mutation { refresh(refreshToken: \"" + next + "\") { token } }")) ==
          "invalid-refresh-token");
}

TEST_CASE("an aliased root field is answered under its alias") {
    TestApp app;
    const json::object answer = ask(
        app, R"(mutation { mine: signup(username: "bob", password: "good") { name: username } })");
    CHECK(json::serialize(answer) == R"({"data":{"mine":{"name":"bob"}}})");
}

TEST_CASE("an error of a root field has the route's code and message, its path, and data null") {
    TestApp app;
    ask(app, kSignup);
    const json::object answer =
        ask(app, R"(mutation { login(username: "alice", password: "bad") { id } })");
    CHECK(answer.at("data").is_null());
    const json::object& error = answer.at("errors").at(0).as_object();
    CHECK(text_of(error, "message") ==
          "The name or the password is wrong, or the account cannot sign in.");
    CHECK(error.at("path") == json::array{"login"});
    CHECK(code_of(answer) == "invalid-credentials");
    const json::object taken = ask(app, kSignup);
    CHECK(code_of(taken) == "username-taken");
    const json::object wrong =
        ask(app, R"(mutation { signup(username: "x", password: "good") { id } })");
    CHECK_FALSE(wrong.at("errors").at(0).at("extensions").at("errors").as_array().empty());
    CHECK_FALSE(ask(app, "{ __typename }").contains("errors"));
}

TEST_CASE("each login of a document counts as one at the route does, and is held as long") {
    TestApp app;
    ask(app, kSignup);
    const std::string five =
        R"(mutation { a: login(username: "alice", password: "bad") { id } b: login(username: "alice", password: "bad") { id } })";
    const std::size_t before = app.hasher.verifications;
    const http::Response response = send(app, query(app, five));
    // What follows the first failure is not tried.
    CHECK(app.hasher.verifications == before + 1);
    CHECK(response.not_before > std::chrono::steady_clock::time_point());
    std::string code;
    for (int tries = 0; tries < 20 && code != "too-many-attempts"; ++tries) {
        code = code_of(ask(app, five));
    }
    CHECK(code == "too-many-attempts");
}

TEST_CASE("a login of the remote schema waits its turn with those of its account") {
    TestApp app;
    const auto name_of = [&](std::string_view text) {
        return name_at_graphql_login(query(app, text), app.contexts);
    };
    const std::string route =
        name_at_login(app.request(R"({"username":"Alice","password":"x"})"), app.sign_in);
    REQUIRE_FALSE(route.empty());
    CHECK(name_of(R"(mutation { login(username: "Alice", password: "x") { id } })") == route);
    CHECK(
        name_of(
            R"(mutation($n: String = "Alice") { a: login(username: $n, password: "x") { id } })") ==
        route);
    CHECK(name_of("{ me { id } }").empty());
    CHECK(name_of("mutation { login { id } }").empty());
    CHECK(name_at_graphql_login(app.request("login"), app.contexts).empty());
}

TEST_CASE("me is whoever Hasura's session variables or an access token say") {
    TestApp app;
    const json::object signed_up = sign_up(app);
    const std::string id = text_of(signed_up, "id");
    const std::string bearer = "Bearer " + text_of(signed_up, "token");
    constexpr std::string_view kMe = "{ me { id username emailVerified metadata } }";
    for (const Headers& headers :
         {session("user", id), Headers{{"authorization", bearer}},
          Headers{{"authorization", bearer}, {"x-hasura-role", "anonymous"}}}) {
        const json::object answer = ask(app, kMe, headers);
        CHECK(code_of(answer).empty());
        CHECK(answer.at("data").at("me").at("id").as_string() == id);
        CHECK(answer.at("data").at("me").at("metadata").is_object());
    }
}

TEST_CASE("session variables of whoever could have chosen them do not make a user") {
    TestApp app;
    const std::string id = text_of(sign_up(app), "id");
    app.policy.roles.anonymous_role = "guest";
    const std::string other = "00000000-0000-4000-8000-000000000000";
    for (const Headers& headers :
         {Headers{}, session("anonymous", id), session("guest", id), session("admin", id),
          session("editor", id), session("", id), session("user", "no id")}) {
        CHECK(code_of(ask(app, "{ me { id } }", headers)) == "missing-token");
    }
    CHECK(code_of(ask(app, "{ me { id } }", session("user", other))) == "invalid-token");
}

TEST_CASE("a cookie that Hasura passes on refreshes, and new cookies come with the answer") {
    TestApp app;
    app.browsers = {true, "Lax", {"https://app.test"}};
    const http::Response signed_up = send(app, query(app, kSignup));
    const auto cookies = cookies_of(signed_up);
    REQUIRE(cookies.size() == 2);
    const auto refresh = std::ranges::find_if(
        cookies, [](const std::string& cookie) { return cookie.starts_with(kRefreshCookie); });
    REQUIRE(refresh != cookies.end());
    const std::string sent = refresh->substr(0, refresh->find(';'));
    constexpr std::string_view kRefresh = "mutation { refresh { id refreshToken } }";
    const http::Response refused = send(
        app, query(app, kRefresh, {{"cookie", sent}, {"x-forwarded-origin", "https://evil.test"}}));
    CHECK(refused.body.find("origin-not-allowed") != std::string::npos);
    const http::Response refreshed = send(
        app, query(app, kRefresh, {{"cookie", sent}, {"x-forwarded-origin", "https://app.test"}}));
    CHECK(cookies_of(refreshed).size() == 2);
    CHECK(refreshed.body.find(R"("refreshToken":null)") != std::string::npos);
}

TEST_CASE("what is no request of GraphQL is refused with its reason, batches too") {
    TestApp app;
    const auto code = [&](std::string body) {
        const http::Response response = send(app, app.request(std::move(body)));
        CHECK(response.status == 400);
        const http::Response formed = to_graphql_error(response);
        CHECK(formed.status == 400);
        const json::object answer = json::parse(formed.body).as_object();
        CHECK(answer.at("data").is_null());
        return code_of(answer);
    };
    CHECK(code("") == "invalid-json");
    CHECK(code("{") == "invalid-json");
    CHECK(code(R"([{"query":"{me{id}}"}])") == "object-expected");
    CHECK(code("{}") == "required");
    CHECK(code(R"({"query":1})") == "wrong-type");
    CHECK(code(R"({"query":"{me{id}}","variables":[]})") == "wrong-type");
    CHECK(code(R"({"query":"{me{id}}","operationName":1})") == "wrong-type");
    CHECK(send(app, app.request(R"({"query":"{__typename}","variables":null,"operationName":null,)"
                                R"("extensions":{}})"))
              .body == R"({"data":{"__typename":"AuthQuery"}})");
}

TEST_CASE("a query that is no good is 200 with what is wrong, and no answer is kept by caches") {
    TestApp app;
    for (const char* bad : {"{", "{ nothing }", "subscription { x }"}) {
        const http::Response response = send(app, query(app, bad));
        CHECK(response.status == 200);
        CHECK(header_of(response, "Cache-Control") == "no-store");
        CHECK(response.body.ends_with(R"("data":null})"));
    }
}

TEST_CASE("Hasura's secret opens the remote schema, and nothing of the caller's session does") {
    const auto row = std::ranges::find(table(), "/graphql", &Row::path);
    REQUIRE(row != table().end());
    CHECK(row->with_secret());  // binding_test.cpp has what that means
    CHECK((row->problem_form == &to_graphql_error));
    const http::Response overloaded =
        to_graphql_error(http::to_response(http::RequestError::overloaded, "id"));
    CHECK(overloaded.status == 503);
    CHECK(code_of(json::parse(overloaded.body).as_object()) == "overloaded");
}

TEST_CASE("a signup whose address has to be proven first says so, and gives no session") {
    TestApp app;
    app.policy.mail.verification = EmailVerification::required;
    const json::object answer =
        ask(app,
            R"(mutation { signup(email: "a@example.org", password: "good") { status id token } })");
    CHECK(json::serialize(answer) ==
          R"({"data":{"signup":{"status":"verification-sent","id":null,"token":null}}})");
}
