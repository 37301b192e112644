#include "routes/handlers.hpp"
#include "support/session_calls.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace signet;
using namespace signet::routes;
using namespace signet::test;
namespace json = boost::json;

TEST_CASE("every text that is no refresh token gets one and the same answer") {
    TestApp app;
    const std::string token = text_of(sign_up(app), "refreshToken");
    std::set<std::string> answers;
    for (std::size_t size = 0; size < token.size(); ++size) {
        answers.insert(refresh_with(app, token.substr(0, size)).body);
    }
    answers.insert(refresh_with(app, token + "A").body);
    answers.insert(refresh_with(app, token + std::string(10'000, 'A')).body);
    answers.insert(refresh_with(app, "rt1." + std::string(70, 'A')).body);
    REQUIRE(post_logout(app.request(body_with(token)), app.sign_in, app.data).status == 204);
    answers.insert(refresh_with(app, token).body);
    CHECK(answers.size() == 1);
    CHECK(json::parse(*answers.begin()).at("code") == "invalid-refresh-token");
    CHECK(json::parse(*answers.begin()).at("status") == 401);
}

TEST_CASE("a refresh without the member, or with one of another type, says so") {
    TestApp app;
    for (const char* body : {"{}", R"({"refreshToken":1})", R"({"refreshToken":null})",
                             R"({"refreshToken":"x","all":true})"}) {
        CAPTURE(body);
        CHECK(post_refresh(app.request(body), app.sign_in, app.data).status == 400);
    }
    CHECK(post_logout(app.request(R"({"refreshToken":"x","all":"yes"})"), app.sign_in, app.data)
              .status == 400);
}

TEST_CASE("the list tells sessions apart, and which one asks") {
    TestApp app;
    const json::object first = sign_up(app);
    REQUIRE(post_login(app.request(R"({"username":"alice","password":"good"})"), app.sign_in,
                       app.crypto)
                .status == 200);
    const http::Response response =
        get_sessions(app.bearer(text_of(first, "token")), app.account, app.data);
    REQUIRE(response.status == 200);
    const json::array list = json::parse(response.body).as_array();
    REQUIRE(list.size() == 2);
    int current = 0;
    for (const json::value& session : list) {
        for (const char* member :
             {"id", "device", "address", "createdAt", "lastUsedAt", "expiresAt", "current"}) {
            CHECK(session.as_object().contains(member));
        }
        if (session.at("current").as_bool()) {
            ++current;
            CHECK(session.at("device") == "curl/8");
            CHECK(session.at("address") == "203.0.113.0/24");
        }
    }
    CHECK(current == 1);
}

TEST_CASE("a user ends a session of his own, and nobody else's") {
    TestApp app;
    const std::string token = text_of(sign_up(app), "token");
    const std::string own = app.tables->sessions.at(0).id.str();
    const http::Response other = post_signup(app.request(R"({"username":"bob","password":"good"})"),
                                             app.sign_in, app.crypto);
    const std::string bobs = text_of(json::parse(other.body).as_object(), "token");
    CHECK(end(app, bobs, own).status == 404);
    CHECK(end(app, token, "nonsense").status == 404);
    CHECK(end(app, token, own).status == 204);
    CHECK(end(app, token, own).status == 401);
    CHECK(end(app, bobs, own).status == 404);
}

TEST_CASE("a password change answers 204, 401 without a token, and 400 for a wrong password") {
    TestApp app;
    const std::string token = text_of(sign_up(app), "token");
    const auto change = [&](const std::string& current, const std::string& bearer) {
        http::Request request =
            app.request("{\"currentPassword\":\"" + current + R"(","newPassword":"better"})");
        if (!bearer.empty()) {
            request.headers.push_back({"authorization", "Bearer " + bearer});
        }
        return post_password(request, app.account, app.crypto);
    };
    CHECK(change("good", "").status == 401);
    const http::Response wrong = change("bad", token);
    CHECK(wrong.status == 400);
    CHECK(header_of(wrong, "WWW-Authenticate") == "");
    CHECK(json::parse(wrong.body).at("code") == "wrong-current-password");
    CHECK(json::parse(wrong.body).at("errors").at(0).at("pointer") == "/currentPassword");
    CHECK(change("good", token).status == 204);
    CHECK(change("better", token).status == 204);
}

TEST_CASE("a webhook refuses the token of a session that is over") {
    TestApp app;
    const json::object first = sign_up(app);
    const std::string token = text_of(first, "token");
    CHECK(ask(app, app.bearer(token)).status == 200);
    REQUIRE(
        post_logout(app.request(body_with(text_of(first, "refreshToken"))), app.sign_in, app.data)
            .status == 204);
    app.users.invalidate_all();  // which the database's trigger leads to
    CHECK(ask(app, app.bearer(token)).status == 401);
}
