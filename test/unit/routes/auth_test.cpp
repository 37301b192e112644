#include "routes/handlers.hpp"
#include "routes/reply.hpp"
#include "support/test_app.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

using namespace signet;
using namespace signet::routes;
using signet::test::header_of;
using signet::test::TestApp;
namespace json = boost::json;

namespace {

constexpr const char* kSignup = R"({"username":"alice","password":"good"})";

json::object body_of(const http::Response& response) {
    return json::parse(response.body).as_object();
}

std::string code_of(const http::Response& response) {
    return std::string(body_of(response).at("code").as_string());
}

http::Response sign_up(TestApp& app, std::string body) {
    return post_signup(app.request(std::move(body)), app.sign_in, app.crypto);
}

http::Response log_in(TestApp& app, std::string body) {
    return post_login(app.request(std::move(body)), app.sign_in, app.crypto);
}

}  // namespace

TEST_CASE("a signup answers 200 with the shape of the contract and must not be stored") {
    TestApp app;
    const http::Response response = sign_up(app, kSignup);
    CHECK(response.status == 200);
    CHECK(header_of(response, "Cache-Control") == "no-store");
    const json::object body = body_of(response);
    CHECK(body.size() == 7);
    for (const char* member :
         {"id", "username", "roles", "defaultRole", "token", "expiresIn", "refreshToken"}) {
        CHECK(body.contains(member));
    }
}

TEST_CASE("logins and refreshes are counted by what they came to") {
    TestApp app;
    const json::object first = body_of(sign_up(app, kSignup));
    log_in(app, kSignup);
    log_in(app, R"({"username":"alice","password":"bad"})");
    log_in(app, R"({"username":"alice"})");  // a bad request is no login
    const auto refresh = [&](const std::string& token) {
        post_refresh(app.request(R"({"refreshToken":")" + token + "\"}"), app.sign_in, app.data);
    };
    refresh(std::string(first.at("refreshToken").as_string()));
    refresh(std::string(first.at("refreshToken").as_string()));
    refresh("none");
    const auto logins = [&](LoginResult result) {
        return app.counts.logins[static_cast<std::size_t>(result)].value();
    };
    const auto refreshes = [&](RefreshResult result) {
        return app.counts.refreshes[static_cast<std::size_t>(result)].value();
    };
    CHECK(logins(LoginResult::ok) == 1);
    CHECK(logins(LoginResult::wrong) == 1);
    CHECK(refreshes(RefreshResult::rotate) == 1);
    CHECK(refreshes(RefreshResult::replay) == 1);
    CHECK(refreshes(RefreshResult::refuse) == 1);
}

TEST_CASE("a signup is 403 where signups are closed, whether or not addresses are verified") {
    for (const EmailVerification kind : {EmailVerification::off, EmailVerification::required}) {
        TestApp app;
        app.policy.mail.verification = kind;
        app.policy.signups.mode = SignupMode::invite;
        const http::Response response =
            sign_up(app, R"({"username":"alice","email":"ada@example.org","password":"good"})");
        CHECK(response.status == 403);
        CHECK(code_of(response) == "signup-closed");
        CHECK(app.tables->outbox.empty());
    }
}

TEST_CASE(
    "a language that is no text in ASCII, or long, is as none, so that what is sent can be read") {
    TestApp app;
    const auto language = [&](const std::string& value) {
        http::Request request = app.request();
        request.headers.push_back({"accept-language", value});
        return origin_of(request).language;
    };
    CHECK(language("de-CH, en;q=0.5") == "de-CH, en;q=0.5");
    CHECK(language("d\xFF").empty());
    CHECK(language("de\t").empty());
    CHECK(language(std::string(257, 'd')).empty());
    CHECK(origin_of(app.request()).language.empty());
}

TEST_CASE("an e-mail address stands in the answer where there is one") {
    TestApp app;
    const json::object body =
        body_of(sign_up(app, R"({"email":"ada@example.org","password":"good"})"));
    CHECK(body.at("email") == "ada@example.org");
    CHECK(body.at("username").is_null());
}

TEST_CASE("a confirmation that differs is refused") {
    TestApp app;
    const http::Response response =
        sign_up(app, R"({"username":"alice","password":"good","confirmPassword":"god"})");
    CHECK(response.status == 400);
    CHECK(code_of(response) == "mismatch");
    CHECK(
        sign_up(app, R"({"username":"alice","password":"good","confirmPassword":"good"})").status ==
        200);
}

TEST_CASE("members that a route does not know are refused by name") {
    TestApp app;
    const http::Response response =
        sign_up(app, R"({"username":"alice","password":"good","roles":["admin"]})");
    CHECK(response.status == 400);
    CHECK(code_of(response) == "unknown-field");
    CHECK(body_of(response).at("errors").at(0).at("pointer") == "/roles");
}

TEST_CASE("an answer names 32 offences at most, however many there are") {
    TestApp app;
    std::string body = R"({"password":"good")";
    for (int i = 0; i < 1000; ++i) {
        body += ",\"m" + std::to_string(i) + "\":0";
    }
    const http::Response response = log_in(app, body + "}");
    CHECK(response.status == 400);
    CHECK(body_of(response).at("errors").as_array().size() == 32);
}

TEST_CASE("a body that is no JSON object is refused for what it is") {
    TestApp app;
    CHECK(code_of(log_in(app, "")) == "invalid-json");
    CHECK(code_of(log_in(app, "{\"username\":\"a\",}")) == "invalid-json");
    CHECK(code_of(log_in(app, "[]")) == "object-expected");
    CHECK(code_of(log_in(app, "null")) == "object-expected");
    CHECK(code_of(log_in(app, R"({"password":"a","p\u0061ssword":"b"})")) == "duplicate-key");
    CHECK(code_of(log_in(app, R"({"username":"a","password":"a\u0000b"})")) == "control-character");
}

TEST_CASE("an empty object names both members that are missing") {
    TestApp app;
    const http::Response response = log_in(app, "{}");
    CHECK(response.status == 400);
    CHECK(code_of(response) == "required");
    CHECK(body_of(response).at("errors").as_array().size() == 2);
}

TEST_CASE("null is as good as no member, for clients that send every field of a form") {
    TestApp app;
    CHECK(code_of(log_in(app, R"({"username":null,"password":"x"})")) == "required");
    CHECK(code_of(log_in(app, R"({"username":null,"email":"a@b.cd","password":"x"})")) ==
          "invalid-credentials");
}

TEST_CASE("a value of a wrong type is told by its pointer, never by its value") {
    TestApp app;
    for (const char* value : {"1", "true", "[]", "{}", "1.5"}) {
        CAPTURE(value);
        const http::Response response =
            log_in(app, std::string(R"({"username":)") + value + R"(,"password":"x"})");
        CHECK(code_of(response) == "wrong-type");
        CHECK(body_of(response).at("errors").at(0).at("pointer") == "/username");
    }
}

TEST_CASE("offences of several kinds are one invalid-input") {
    TestApp app;
    CHECK(code_of(log_in(app, R"({"username":1,"admin":true})")) == "invalid-input");
}

TEST_CASE("a login names its account by username or by e-mail address, not by both") {
    TestApp app;
    REQUIRE(
        sign_up(app, R"({"username":"ada","email":"ada@example.org","password":"good"})").status ==
        200);
    CHECK(log_in(app, R"({"username":"ada","password":"good"})").status == 200);
    CHECK(log_in(app, R"({"email":"ADA@example.org","password":"good"})").status == 200);
    CHECK(log_in(app, R"({"username":"ada","email":"ada@example.org","password":"good"})").status ==
          400);
}

TEST_CASE("an optional member that is empty counts as absent") {
    TestApp app;
    CHECK(sign_up(app, R"({"username":"alice","email":" ","password":"good","confirmPassword":""})")
              .status == 200);
    CHECK(sign_up(app, R"({"username":"","email":"ada@example.org","password":"good"})").status ==
          200);
    CHECK(log_in(app, R"({"username":" ","email":"ada@example.org","password":"good"})").status ==
          200);
    CHECK(log_in(app, R"({"username":"alice","email":"","password":"good"})").status == 200);
    const http::Response neither = log_in(app, R"({"email":" ","password":"good"})");
    CHECK(code_of(neither) == "required");
    CHECK(body_of(neither).at("errors").at(0).at("pointer") == "/email");
    CHECK(sign_up(app, R"({"username":"\t","email":"","password":"good"})").status == 400);
}

TEST_CASE("white space around a name is cut, and around a password it is not") {
    TestApp app;
    const json::object body = body_of(
        sign_up(app, R"({"username":" alice\n","email":"\u00a0a@b.example ","password":"good"})"));
    CHECK(body.at("username") == "alice");
    CHECK(body.at("email") == "a@b.example");
    CHECK(log_in(app, R"({"username":"\u3000alice ","password":"good"})").status == 200);
    CHECK(log_in(app, R"({"email":" a@b.example","password":"good"})").status == 200);
    CHECK(log_in(app, R"({"username":"alice","password":"good "})").status == 401);
}

TEST_CASE("an e-mail address that is typed as a username signs in, at the price of one hash") {
    TestApp app;
    REQUIRE(sign_up(app, R"({"email":"ada@example.org","password":"good"})").status == 200);
    app.hasher.verifications = 0;
    CHECK(log_in(app, R"({"username":"ADA@example.org ","password":"good"})").status == 200);
    CHECK(app.hasher.verifications == 1);
    CHECK(log_in(app, R"({"username":"bob@example.org","password":"good"})").status == 401);
}

TEST_CASE("a refused login is a problem with the request id, and no secret in it") {
    TestApp app;
    const http::Response response = log_in(app, R"({"username":"alice","password":"s3cret"})");
    CHECK(response.status == 401);
    CHECK(response.content_type == "application/problem+json");
    CHECK(code_of(response) == "invalid-credentials");
    CHECK(body_of(response).at("instance") == "00112233445566778899aabbccddeeff");
    CHECK(response.body.find("s3cret") == std::string::npos);
    CHECK(response.body.find("alice") == std::string::npos);
}

TEST_CASE("a password beyond its limit is refused alike for every name, without a hash") {
    TestApp app;
    REQUIRE(sign_up(app, kSignup).status == 200);
    app.hasher.verifications = 0;
    const std::string password(kPasswordSpellingBytesMax + 1, 'x');
    const auto known = log_in(app, R"({"username":"alice","password":")" + password + "\"}");
    const auto unknown = log_in(app, R"({"username":"bob","password":")" + password + "\"}");
    CHECK(code_of(known) == "too-long");
    CHECK(known.body == unknown.body);
    CHECK(app.hasher.verifications == 0);
}

TEST_CASE("me tells an account from its token, and challenges without one") {
    TestApp app;
    const json::object signed_in = body_of(sign_up(app, kSignup));
    const std::string token(signed_in.at("token").as_string());
    const http::Response response = get_me(app.bearer(token), app.account, app.data);
    CHECK(response.status == 200);
    const json::object body = body_of(response);
    CHECK(body.at("id") == signed_in.at("id"));
    CHECK(body.at("email").is_null());
    CHECK(body.at("active") == true);
    const http::Response missing = get_me(app.request(), app.account, app.data);
    CHECK(missing.status == 401);
    CHECK(header_of(missing, "WWW-Authenticate") == "Bearer");
    const http::Response wrong = get_me(app.bearer("nonsense"), app.account, app.data);
    CHECK(header_of(wrong, "WWW-Authenticate") == "Bearer error=\"invalid_token\"");
}
