#include "routes/browsers.hpp"

#include "routes/handlers.hpp"
#include "support/session_calls.hpp"

#include <signet/service/sign_in.hpp>

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace signet;
using namespace signet::routes;
using namespace signet::test;
namespace json = boost::json;

TEST_CASE("a refresh answers in the shape of a login, and must not be stored") {
    TestApp app;
    const json::object first = sign_up(app);
    const http::Response response = refresh_with(app, text_of(first, "refreshToken"));
    CHECK(response.status == 200);
    CHECK(header_of(response, "Cache-Control") == "no-store");
    CHECK(cookies_of(response).empty());
    const json::object body = json::parse(response.body).as_object();
    CHECK(body.size() == first.size());
    CHECK(body.at("id") == first.at("id"));
    CHECK(body.at("refreshToken") != first.at("refreshToken"));
}

TEST_CASE("with cookies on a login sets both, the bare access token first") {
    TestApp app;
    app.browsers.cookies = true;
    sign_up(app);
    const http::Response response = post_login(
        app.request(R"({"username":"alice","password":"good"})"), app.sign_in, app.crypto);
    const auto cookies = cookies_of(response);
    REQUIRE(cookies.size() == 2);
    const json::object body = json::parse(response.body).as_object();
    CHECK(cookies[0] == "__Host-signet-access=" + text_of(body, "token") +
                            "; Max-Age=900; Path=/; Secure; HttpOnly; SameSite=Lax");
    CHECK(cookies[1] == "__Host-signet-refresh=" + text_of(body, "refreshToken") +
                            "; Max-Age=1209600; Path=/; Secure; HttpOnly; SameSite=Lax");
}

TEST_CASE("who refreshes by cookie gets the next refresh token by cookie alone") {
    TestApp app;
    app.browsers.cookies = true;
    const std::string token = text_of(sign_up(app), "refreshToken");
    for (const char* body : {"", "{}"}) {
        const http::Response response = post_refresh(
            with_cookie(app, "a=b; __Host-signet-refresh=" + token, body), app.sign_in, app.data);
        CHECK(response.status == 200);
        CHECK(cookies_of(response).size() == 2);
        CHECK_FALSE(json::parse(response.body).as_object().contains("refreshToken"));
    }
    CHECK(post_refresh(app.request("{}"), app.sign_in, app.data).status == 401);
    CHECK(post_refresh(with_cookie(app, "__Host-signet-refresh=a; __Host-signet-refresh=" + token),
                       app.sign_in, app.data)
              .status == 401);
}

TEST_CASE("a logout by cookie makes the browser forget both") {
    TestApp app;
    app.browsers.cookies = true;
    const std::string token = text_of(sign_up(app), "refreshToken");
    const http::Response response =
        post_logout(with_cookie(app, "__Host-signet-refresh=" + token), app.sign_in, app.data);
    CHECK(response.status == 204);
    const auto cookies = cookies_of(response);
    REQUIRE(cookies.size() == 2);
    CHECK(cookies[0].starts_with("__Host-signet-access=; Max-Age=0; "));
    CHECK(cookies[1].starts_with("__Host-signet-refresh=; Max-Age=0; "));
}

TEST_CASE("while cookies are off they are neither set nor read") {
    TestApp app;
    const json::object first = sign_up(app);
    CHECK(post_refresh(with_cookie(app, "__Host-signet-refresh=" + text_of(first, "refreshToken")),
                       app.sign_in, app.data)
              .status == 400);
    CHECK(ask(app, with_cookie(app, "__Host-signet-access=" + text_of(first, "token"))).status ==
          401);
}

TEST_CASE("the webhook takes the access cookie where cookies are on, in both forms") {
    TestApp app;
    app.browsers.cookies = true;
    const std::string token = text_of(sign_up(app), "token");
    const std::string cookie = "a=b; __Host-signet-access=" + token;
    CHECK(ask(app, with_cookie(app, cookie)).status == 200);
    const http::Request posted = app.request(R"({"headers":{"Cookie":")" + cookie + "\"}}");
    CHECK(app.complete<DataWorker>(post_webhook(posted, app.webhook), posted).status == 200);
    CHECK(ask(app, with_cookie(app, "__Host-signet-access=x; " + cookie)).status == 401);
    http::Request both = with_cookie(app, cookie);
    both.headers.push_back({"authorization", "Bearer nonsense"});
    CHECK(ask(app, both).status == 401);
}

TEST_CASE(
    "the access cookie opens an account where cookies are on, and a refresh cookie does not") {
    TestApp app;
    const json::object first = sign_up(app);
    const std::string cookie = "a=b; __Host-signet-access=" + text_of(first, "token");
    const auto me = [&](const std::string& cookies, std::vector<http::Header> headers = {}) {
        http::Request request = with_cookie(app, cookies);
        request.headers.insert(request.headers.end(), headers.begin(), headers.end());
        return get_me(request, app.account, app.data).status;
    };
    CHECK(me(cookie) == 401);
    app.browsers.cookies = true;
    app.browsers.origins = {"https://app.example"};
    CHECK(me(cookie) == 200);
    CHECK(me("__Host-signet-refresh=" + text_of(first, "refreshToken")) == 401);
    CHECK(me("__Host-signet-access=x; " + cookie) == 401);
    CHECK(me(cookie, {{"authorization", "Bearer nonsense"}}) == 401);
    CHECK(me(cookie, {{"origin", "https://app.example"}}) == 200);
    CHECK(me(cookie, {{"sec-fetch-site", "same-origin"}}) == 200);
    for (const char* site : {"cross-site", "same-site"}) {
        CHECK(me(cookie, {{"sec-fetch-site", site}}) == 403);
    }
    CHECK(me(cookie, {{"origin", "https://evil.example"}}) == 403);
    // A page has no token but one that it was given.
    const std::string bearer = "Bearer " + text_of(first, "token");
    CHECK(me(cookie, {{"origin", "https://evil.example"}, {"authorization", bearer}}) == 200);
}

TEST_CASE("an empty refresh token counts as absent where it may come by cookie") {
    TestApp app;
    app.browsers.cookies = true;
    const std::string token = text_of(sign_up(app), "refreshToken");
    const std::string cookie = "__Host-signet-refresh=" + token;
    CHECK(post_refresh(with_cookie(app, cookie, R"({"refreshToken":""})"), app.sign_in, app.data)
              .status == 200);
}

TEST_CASE("with cookies on a call that changes something comes from an origin that may") {
    BrowserPolicy browsers{true, "Lax", {"https://app.example"}};
    const auto may = [&](std::vector<http::Header> headers) {
        http::Request request;
        request.headers = std::move(headers);
        return origin_may_call(request, browsers);
    };
    CHECK(may({{"origin", "https://app.example"}}));
    CHECK(may({{"origin", "https://app.example"}, {"cookie", "__Host-signet-refresh=x"}}));
    for (const char* foreign : {"https://evil.example", "null", "", "https://app.example.evil",
                                "http://app.example", "https://app.example:443"}) {
        CAPTURE(foreign);
        CHECK_FALSE(may({{"origin", foreign}}));
    }
    // No browser: it would have sent either.
    CHECK(may({}));
    CHECK(may({{"cookie", "other=1"}}));
    CHECK_FALSE(may({{"cookie", "__Host-signet-refresh=x"}}));
    CHECK_FALSE(may({{"cookie", "__Host-signet-access=x"}}));
    browsers.cookies = false;
    CHECK(may({{"origin", "https://evil.example"}}));
}

TEST_CASE("a logout of a session that is over makes the browser forget both cookies too") {
    TestApp app;
    app.browsers.cookies = true;
    const std::string token = text_of(sign_up(app), "refreshToken");
    REQUIRE(post_logout(app.request(body_with(token)), app.sign_in, app.data).status == 204);
    const http::Response again =
        post_logout(with_cookie(app, "__Host-signet-refresh=" + token), app.sign_in, app.data);
    CHECK(again.status == 401);
    CHECK(cookies_of(again).size() == 2);
    app.tables->outage = Errc::store_unavailable;
    const http::Response away =
        post_logout(with_cookie(app, "__Host-signet-refresh=" + token), app.sign_in, app.data);
    CHECK(away.status == 503);
    CHECK(cookies_of(away).empty());
}

TEST_CASE("who ends the session of this browser makes it forget both cookies") {
    TestApp app;
    app.browsers.cookies = true;
    const std::string token = text_of(sign_up(app), "token");
    const auto log_in = [&] {
        const auto body = post_login(app.request(R"({"username":"alice","password":"good"})"),
                                     app.sign_in, app.crypto)
                              .body;
        return app.tokens.claims(text_of(json::parse(body).as_object(), "token")).session_id;
    };
    CHECK(cookies_of(end(app, token, log_in())).empty());
    CHECK(cookies_of(end(app, token, app.tokens.claims(token).session_id)).size() == 2);
}

TEST_CASE("an access token that is too large for a cookie takes the older cookie away") {
    TestApp app;
    const SignInPorts ports{app.store, app.store,  app.sessions, app.sealer,  app.hasher,
                            app.judge, app.tokens, app.random,   app.throttle};
    SignedIn signed_in =
        signup({"alice", std::nullopt, "good", {}}, ports, app.policy, app.clock.now).value();
    signed_in.token = std::string(5000, 'x');
    signed_in.refresh_token = "rt1.x";
    http::Response response;
    CHECK_FALSE(set_cookies(signed_in, {}, {true, "Lax", {}}, response));
    const auto cookies = cookies_of(response);
    REQUIRE(cookies.size() == 2);
    CHECK(cookies[0].starts_with("__Host-signet-access=; Max-Age=0; "));
    CHECK(cookies[1].starts_with("__Host-signet-refresh=rt1.x; "));
}

TEST_CASE("a cookie's value is taken as it is") {
    CHECK(read_cookie("a=1;b=2;\t c=3", "c").value == "3");
    CHECK(read_cookie("a=1; b=2 ; c=3", "b").value == "2 ");
    CHECK(read_cookie("a=1; b = 2", "b").count == 0);
    CHECK(read_cookie("b", "b").count == 0);
}

TEST_CASE("the access cookie counts for the webhook from pages that may call only") {
    TestApp app;
    app.browsers.cookies = true;
    app.browsers.origins = {"https://app.example"};
    const std::string token = text_of(sign_up(app), "token");
    const auto status = [&](const std::string& credential, const std::string& origin) {
        const http::Request asked =
            app.request("{\"headers\":{" + credential + ",\"Origin\":\"" + origin + "\"}}");
        return app.complete<DataWorker>(post_webhook(asked, app.webhook), asked).status;
    };
    const std::string cookie = R"("Cookie":"__Host-signet-access=)" + token + '"';
    CHECK(status(cookie, "https://app.example") == 200);
    CHECK(status(cookie, "https://evil.example") == 401);
    CHECK(status(cookie, "null") == 401);
    CHECK(status(R"("Authorization":"Bearer )" + token + '"', "https://evil.example") == 200);
    http::Request get = with_cookie(app, "__Host-signet-access=" + token);
    get.headers.push_back({"origin", "https://evil.example"});
    CHECK(ask(app, get).status == 401);
}
