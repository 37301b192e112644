#include "http/router.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <utility>

using namespace signet::http;

namespace {

Route row(Method method, std::string path) {
    Route route;
    route.method = method;
    route.operation_id = std::string(to_string(method)) + path;
    route.path = std::move(path);
    route.handler = [](const Request&) { return Response{}; };
    return route;
}

std::vector<Route> rows() {
    std::vector<Route> table;
    table.push_back(row(Method::get, "/jwks"));
    table.push_back(row(Method::get, "/webhook"));
    table.push_back(row(Method::post, "/webhook"));
    table.push_back(row(Method::post, "/login"));
    table.push_back(row(Method::get, "/"));
    return table;
}

}  // namespace

TEST_CASE("the router finds a row by method and path") {
    const Router router(rows());
    const Match match = router.match(Method::post, "/webhook");
    REQUIRE(match.route != nullptr);
    CHECK(match.route->operation_id == "POST/webhook");
    CHECK_FALSE(match.error);
}

TEST_CASE("the router finds the root") {
    CHECK(Router(rows()).match(Method::get, "/").route != nullptr);
}

TEST_CASE("the router serves HEAD from a GET row, and only from that") {
    const Router router(rows());
    const Match match = router.match(Method::head, "/jwks");
    REQUIRE(match.route != nullptr);
    CHECK(match.route->operation_id == "GET/jwks");
    CHECK(router.match(Method::head, "/login").error == RequestError::method_not_allowed);
}

TEST_CASE("the router answers OPTIONS with the methods of the path") {
    const Match match = Router(rows()).match(Method::options, "/webhook");
    CHECK(match.route == nullptr);
    CHECK_FALSE(match.error);
}

TEST_CASE("the router prefers an OPTIONS row over its own answer") {
    std::vector<Route> table = rows();
    table.push_back(row(Method::options, "/login"));
    const Router router(std::move(table));
    CHECK(router.match(Method::options, "/login").route != nullptr);
}

TEST_CASE("the router says which methods a path has when it refuses one") {
    const Router router(rows());
    const Match match = router.match(Method::get, "/login");
    CHECK(match.error == RequestError::method_not_allowed);
    CHECK(match.allow == "POST, OPTIONS");
    CHECK(router.match(Method::delete_, "/webhook").allow == "GET, HEAD, POST, OPTIONS");
}

TEST_CASE("the router refuses TRACE with 405 on any path") {
    const Router router(rows());
    CHECK(router.match(Method::trace, "/login").error == RequestError::method_not_allowed);
    const Match match = router.match(Method::trace, "/nowhere");
    CHECK(match.error == RequestError::method_not_allowed);
    CHECK(match.allow == "GET, HEAD, POST, OPTIONS");
}

TEST_CASE("the router takes a path byte for byte: no other spelling reaches a row") {
    const Router router(rows());
    for (const std::string path :
         {"/%6cogin", "/login%00", "/login%2f", "/login%5C", "//login", "/a/../login", "/login;x",
          "/login/", "/LOGIN", "/./login", "/login/..", "login", "", "/login%", "/\\login"}) {
        CAPTURE(path);
        CHECK(router.match(Method::post, path).error == RequestError::not_found);
        CHECK(router.match(Method::options, path).error == RequestError::not_found);
    }
}

TEST_CASE("the router knows the methods of the whole table") {
    CHECK(Router(rows()).allow_everywhere() == "GET, HEAD, POST, OPTIONS");
    CHECK(Router({}).allow_everywhere() == "OPTIONS");
}

TEST_CASE("the router refuses a table with a path that has two readings") {
    for (const std::string path : {"", "x", "//", "/a//b", "/a/", "/./a", "/a/..", "/a;b", "/a%20",
                                   "/a?b", "/a#b", "/a b", "/\xc3\xa4", "/a\\b"}) {
        CAPTURE(path);
        std::vector<Route> table;
        table.push_back(row(Method::get, path));
        CHECK_THROWS_AS(Router{std::move(table)}, std::invalid_argument);
    }
}

TEST_CASE("the router takes well-known paths with dots and dashes") {
    CHECK(is_plain_path("/.well-known/openid-configuration"));
    CHECK(is_plain_path("/a/...b"));
}

TEST_CASE("the router refuses a row that comes twice, and rows for CONNECT and TRACE") {
    std::vector<Route> twice = rows();
    twice.push_back(row(Method::get, "/jwks"));
    CHECK_THROWS_AS(Router{std::move(twice)}, std::invalid_argument);
    for (const Method method : {Method::connect, Method::trace}) {
        std::vector<Route> table;
        table.push_back(row(method, "/x"));
        CHECK_THROWS_AS(Router{std::move(table)}, std::invalid_argument);
    }
}

TEST_CASE("a row that ends with {id} takes one plain segment there, and nothing else") {
    std::vector<Route> table = rows();
    table.push_back(row(Method::delete_, "/sessions/{id}"));
    table.push_back(row(Method::get, "/sessions/mine"));
    const Router router(std::move(table));
    const auto found = [&](Method method, const std::string& path) {
        const Match match = router.match(method, path);
        return match.route == nullptr ? std::string() : match.route->operation_id;
    };
    CHECK(found(Method::delete_, "/sessions/0f3b0c7e-3a51") == "DELETE/sessions/{id}");
    CHECK(found(Method::delete_, "/sessions/a.b_c") == "DELETE/sessions/{id}");
    CHECK(found(Method::get, "/sessions/mine") == "GET/sessions/mine");
    CHECK(router.match(Method::get, "/sessions/other").error == RequestError::method_not_allowed);
    CHECK(router.match(Method::get, "/sessions/other").allow == "DELETE, OPTIONS");
    for (const std::string path :
         {"/sessions", "/sessions/", "/sessions/{id}", "/sessions/a/b", "/sessions/..",
          "/sessions/.", "/sessions/a%41", "/sessions/a;b", "/sessions//", "/other/a", "/a"}) {
        CAPTURE(path);
        CHECK(router.match(Method::delete_, path).error == RequestError::not_found);
    }
    CHECK(router.match(Method::delete_, "/sessions/" + std::string(65, 'a')).error ==
          RequestError::not_found);
}

TEST_CASE("a media type may say charset=utf-8 and nothing else") {
    for (const std::string_view type :
         {"application/json", "Application/JSON", "application/json; charset=utf-8",
          "application/json;charset=UTF-8", "application/json; charset=\"utf-8\"",
          "application/json;"}) {
        CAPTURE(type);
        CHECK(is_media_type(type, kJsonMediaType));
    }
    for (const std::string_view type :
         {"", "text/json", "application/json5", "application/json; charset=latin1",
          "application/json; a=b", "application/json, text/plain", "json"}) {
        CAPTURE(type);
        CHECK_FALSE(is_media_type(type, kJsonMediaType));
    }
    CHECK(is_media_type("application/x-www-form-urlencoded;charset=UTF-8", kFormMediaType));
    CHECK_FALSE(is_media_type("application/json", kFormMediaType));
    CHECK_FALSE(is_media_type("multipart/form-data; boundary=x", kFormMediaType));
}

TEST_CASE("a row without a body drains up to 16 KiB, a row with one takes what it says") {
    Route route;
    CHECK(body_bytes_max(nullptr) == 16 * 1024);
    CHECK(body_bytes_max(&route) == 16 * 1024);
    route.body_bytes_max = 5;
    Head head;
    head.content_length = 6;
    CHECK(refuse_by_head(&route, head) == RequestError::body_too_large);
    head.content_length = 5;
    CHECK_FALSE(refuse_by_head(&route, head));
}

TEST_CASE("a JSON row refuses another media type before it looks at the size") {
    Route route;
    route.media_type = kJsonMediaType;
    Head head;
    head.content_length = 1'000'000;
    CHECK(refuse_by_head(&route, head) == RequestError::unsupported_media_type);
    head.content_type = "application/json";
    CHECK(refuse_by_head(&route, head) == RequestError::body_too_large);
    route.media_type = kFormMediaType;
    CHECK(refuse_by_head(&route, head) == RequestError::unsupported_media_type);
}

TEST_CASE("where the body is optional none needs no media type, and one that comes does") {
    Route route;
    route.media_type = kJsonMediaType;
    route.body_bytes_max = 100;
    Head head;
    CHECK(refuse_by_head(&route, head) == RequestError::unsupported_media_type);
    route.body_optional = true;
    CHECK_FALSE(refuse_by_head(&route, head));
    head.content_type = "text/plain;charset=UTF-8";  // what fetch() sends with an empty text
    CHECK_FALSE(refuse_by_head(&route, head));
    head.content_length = 2;
    CHECK(refuse_by_head(&route, head) == RequestError::unsupported_media_type);
    head = {};
    head.framing = Framing::chunked;
    CHECK(refuse_by_head(&route, head) == RequestError::unsupported_media_type);
}
