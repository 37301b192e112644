#include "base/json_filter.hpp"
#include "routes/handlers.hpp"
#include "support/test_app.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

using namespace signet;
using namespace signet::routes;
using signet::test::TestApp;
using signet::test::text;
namespace json = boost::json;

namespace {

std::string token_of(TestApp& app) {
    const http::Response response = post_signup(
        app.request(R"({"username":"alice","password":"good"})"), app.sign_in, app.crypto);
    return std::string(json::parse(response.body).at("token").as_string());
}

// Gives the handler what the edge keeps of the body.
http::Response post(TestApp& app, std::string_view body) {
    std::string kept;
    JsonFilter("headers").feed(body, kept);
    const http::Request request = app.request(std::move(kept));
    return app.complete<DataWorker>(post_webhook(request, app.webhook), request);
}

http::Response get(TestApp& app, const http::Request& request) {
    return app.complete<DataWorker>(get_webhook(request, app.webhook), request);
}

}  // namespace

TEST_CASE("a webhook answer is flat, made of strings, and says in the body how long it holds") {
    TestApp app;
    const http::Response response = get(app, app.bearer(token_of(app)));
    REQUIRE(response.status == 200);
    const json::object body = json::parse(response.body).as_object();
    CHECK(body.at("X-Hasura-Role") == "user");
    CHECK(body.at("Cache-Control") == "max-age=900");
    CHECK(body.contains("X-Hasura-Session-Id"));
    CHECK(body.size() == 4);
    for (const auto& member : body) {
        CHECK(member.value().is_string());
    }
}

TEST_CASE("the POST form finds its headers in the body, in any case") {
    TestApp app;
    const std::string token = token_of(app);
    for (const char* name : {"authorization", "Authorization", "AUTHORIZATION"}) {
        CAPTURE(name);
        const http::Response response =
            post(app, std::string(R"({"headers":{")") + name + R"(":"Bearer )" + token +
                          R"("},"request":null})");
        CHECK(response.status == 200);
    }
}

TEST_CASE("the POST form takes nothing from the request's own headers") {
    TestApp app;
    http::Request request = app.bearer(token_of(app));
    request.body = R"({"headers":{}})";
    CHECK(app.complete<DataWorker>(post_webhook(request, app.webhook), request).status == 401);
}

TEST_CASE("the POST form takes request as null, object, array, or not at all") {
    TestApp app;
    const std::string headers = R"({"headers":{"authorization":"Bearer )" + token_of(app) + R"("})";
    for (const char* rest : {"}", R"(,"request":null})", R"(,"request":{"query":"{a}"}})",
                             R"(,"request":[{"query":"{a}","variables":{"x":1e400}}]})"}) {
        CAPTURE(rest);
        CHECK(post(app, headers + rest).status == 200);
    }
}

TEST_CASE("two names of one header that differ by case are refused") {
    TestApp app;
    const std::string token = token_of(app);
    CHECK(post(app, R"({"headers":{"authorization":"Bearer )" + token +
                        R"(","Authorization":"Bearer x"}})")
              .status == 401);
}

TEST_CASE("a POST body without a headers object is refused") {
    TestApp app;
    for (const char* body : {"", "[]", "{}", R"({"headers":null})", R"({"headers":[]})",
                             R"({"headers":{"authorization":1}})", R"({"headers":{}}x)"}) {
        CAPTURE(body);
        CHECK(post(app, body).status == 400);
    }
}

TEST_CASE("the requested role is read from the client's headers in both forms") {
    TestApp app;
    const std::string token = token_of(app);
    http::Request request = app.bearer(token);
    request.headers.push_back({"x-hasura-role", "boss"});
    CHECK(get(app, request).status == 401);
    CHECK(post(app,
               R"({"headers":{"authorization":"Bearer )" + token + R"(","X-Hasura-Role":"boss"}})")
              .status == 401);
}

TEST_CASE("other session variables that a client sends are ignored and never come back") {
    TestApp app;
    http::Request request = app.bearer(token_of(app));
    request.headers.push_back({"x-hasura-user-id", "somebody-else"});
    request.headers.push_back({"x-hasura-admin-secret", "guess"});
    const http::Response response = get(app, request);
    CHECK(response.status == 200);
    CHECK(response.body.find("somebody-else") == std::string::npos);
    CHECK(response.body.find("guess") == std::string::npos);
}

TEST_CASE("a role name with quotes and other scripts comes through byte for byte") {
    TestApp app;
    const std::string role = "rôle \"{a,b}\" \\ 役";
    const std::string token = token_of(app);
    const auto account = app.store.find(LoginName{NameKind::username, text("alice")});
    REQUIRE(app.store.create_role(text(role)));
    REQUIRE(app.store.grant((*account)->id, {text(role)}));
    http::Request request = app.bearer(token);
    request.headers.push_back({"x-hasura-role", role});
    const http::Response response = get(app, request);
    REQUIRE(response.status == 200);
    CHECK(json::parse(response.body).at("X-Hasura-Role").as_string() == role);
}
