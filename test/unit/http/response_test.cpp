#include "http/response.hpp"

#include "http/request_error.hpp"

#include <doctest/doctest.h>

#include <set>
#include <stdexcept>
#include <string>

using namespace signet::http;

namespace {

constexpr std::string_view kDate = "Sun, 06 Nov 1994 08:49:37 GMT";

Response document() {
    Response response;
    response.content_type = "application/json";
    response.headers.push_back({"Cache-Control", "no-store"});
    response.body = "{}";
    return response;
}

std::string written(const Response& response, bool head = false, bool close = false) {
    std::string out;
    append_response(out, response, {kDate, "id", head, close});
    return out;
}

void check_refused(const std::string& name, const std::string& value) {
    Response response = document();
    response.headers.push_back({name, value});
    std::string out = "before";
    CHECK_THROWS_AS(append_response(out, response, {kDate, "id"}), std::invalid_argument);
    CHECK(out == "before");
}

}  // namespace

TEST_CASE("a response is written with the headers of the connection around those of the handler") {
    CHECK(written(document()) ==
          "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
          "Content-Type: application/json\r\nCache-Control: no-store\r\nContent-Length: 2\r\n"
          "X-Content-Type-Options: nosniff\r\nX-Request-Id: id\r\n\r\n{}");
}

TEST_CASE("a response to HEAD is the same without the body") {
    const std::string whole = written(document());
    CHECK(written(document(), true) + "{}" == whole);
}

TEST_CASE("a response that ends the connection says close in lower case") {
    CHECK(written(document(), false, true).find("\r\nConnection: close\r\n") != std::string::npos);
}

TEST_CASE("204 and 304 have neither body nor Content-Length") {
    for (const int status : {204, 304}) {
        Response response = document();
        response.status = status;
        const std::string out = written(response);
        CHECK(out.ends_with("\r\n\r\n"));
        CHECK(out.find("Content-Length") == std::string::npos);
    }
}

TEST_CASE("headers that the connection sets are left out of what a handler gives") {
    Response response = document();
    response.headers.push_back({"content-length", "999"});
    response.headers.push_back({"Transfer-Encoding", "chunked"});
    response.headers.push_back({"Connection", "keep-alive"});
    CHECK(written(response) == written(document()));
}

TEST_CASE("a header that would split the response is refused, and nothing is written") {
    check_refused("X", "a\r\nSet-Cookie: b");
    check_refused("X", "a\nb");
    check_refused("X", std::string("a\0b", 3));
    check_refused("X: a\r\nY", "b");
    check_refused("", "b");
    check_refused("X", "\xc3\xa4");
}

TEST_CASE("a header line of 4096 bytes is refused, because Hasura may fail on it") {
    check_refused("X", std::string(4093, 'a'));
    Response response = document();
    response.headers.push_back({"X", std::string(4092, 'a')});
    CHECK_NOTHROW(written(response));
}

TEST_CASE("a status without a known phrase is written with an empty one") {
    Response response = document();
    response.status = 299;
    CHECK(written(response).starts_with("HTTP/1.1 299 \r\nDate: "));
    response.status = 99;
    CHECK_THROWS_AS(written(response), std::invalid_argument);
}

TEST_CASE("a cached response gives the bytes of a written one, for each way to end") {
    for (const int status : {200, 204, 404, 299}) {
        Response response = document();
        response.status = status;
        const auto cached = CachedResponse::make(response);
        CHECK(cached->status() == status);
        for (const bool head : {false, true}) {
            for (const bool close : {false, true}) {
                std::string fresh = "before";
                append_response(fresh, response, {kDate, "", head, close});
                std::string out = "before";
                cached->append_to(out, kDate, head, close);
                CHECK(out == fresh);
            }
        }
    }
}

TEST_CASE("dates are IMF-fixdate") {
    CHECK(http_date(784111777) == kDate);
    CHECK(http_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
    CHECK(http_date(951782400) == "Tue, 29 Feb 2000 00:00:00 GMT");
}

TEST_CASE("the date line follows the clock, also backwards") {
    DateCache line;
    CHECK(line.at(784111777) == kDate);
    CHECK(line.at(784111777) == kDate);
    CHECK(line.at(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST_CASE("the error table is total, in order, and one row says one thing") {
    CHECK(request_error_table().size() ==
          static_cast<std::size_t>(RequestError::version_unsupported) + 1);
    std::set<std::string_view> codes;
    for (const RequestErrorInfo& info : request_error_table()) {
        CHECK(&describe(info.error) == &info);
        CHECK(codes.insert(info.code).second);
    }
}

TEST_CASE("a error says when to come back where that helps, and names the methods of a 405") {
    const Response busy = to_response(RequestError::overloaded, "id");
    CHECK(busy.headers.back().name == "Retry-After");
    CHECK(busy.headers.back().value == "1");
    const Response refused = to_response(RequestError::method_not_allowed, "id", "GET");
    CHECK(refused.headers.back().name == "Allow");
}
