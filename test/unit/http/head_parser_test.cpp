#include "http/request_head.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>

using namespace signet::http;

namespace {

const Limits kLimits;

// What a handler would see, or nothing where the head is refused.
std::optional<Request> read(const std::string& lines) {
    const std::string block = "GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
    HeadScanner scanner(kLimits);
    REQUIRE(scanner.scan(block) == HeadScanner::State::complete);
    const auto [error, header, head] = guard_head(block, kLimits);
    REQUIRE_FALSE(error);
    Request request;
    return parse_head(block, head, request) ? std::optional(std::move(request)) : std::nullopt;
}

std::string token(std::size_t size) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) {
        text += static_cast<char>('a' + i % 26);
    }
    return text;
}

}  // namespace

TEST_CASE("a credential of any length reaches the handler whole") {
    for (std::size_t size = 0; size < 100; ++size) {
        CAPTURE(size);
        const auto request = read("Authorization: " + token(size) + "\r\nX-After: 1\r\n");
        REQUIRE(request);
        CHECK(request->header("authorization") == token(size));
        CHECK(request->header("x-after") == "1");
        CHECK(request->headers.size() == 3);
    }
}

TEST_CASE("a credential with white space anywhere inside reaches the handler whole") {
    for (std::size_t at = 1; at < 40; ++at) {
        for (const char* space : {" ", "\t", "   "}) {
            CAPTURE(at);
            const std::string value = token(at) + space + token(50);
            const auto request = read("Cookie: \t" + value + " \t\r\n");
            REQUIRE(request);
            CHECK(request->header("cookie") == value);
        }
    }
}

TEST_CASE("two credentials are not mixed up, in either order, not even when they begin alike") {
    for (const std::size_t first : {32U, 33U, 90U}) {
        for (const std::size_t second : {0U, 5U, 32U, 33U, 90U}) {
            CAPTURE(first);
            CAPTURE(second);
            const std::string a = token(first);
            const std::string b = token(second);
            const auto one = read("Authorization: " + a + "\r\nX: y\r\nCookie: " + b + "\r\n");
            REQUIRE(one);
            CHECK(one->header("authorization") == a);
            CHECK(one->header("cookie") == b);
            const auto other = read("COOKIE: " + b + "\r\nauthorization: " + a + "\r\nX: y\r\n");
            REQUIRE(other);
            CHECK(other->header("authorization") == a);
            CHECK(other->header("cookie") == b);
            CHECK(other->header("x") == "y");
        }
    }
}

TEST_CASE("a head that the guard read otherwise than Beast does is refused") {
    const std::string block =
        "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: " + token(50) + "\r\n\r\n";
    auto head = guard_head(block, kLimits).head;
    Request request;
    REQUIRE(parse_head(block, head, request));

    Head other = head;
    other.framing = Framing::chunked;
    CHECK_FALSE(parse_head(block, other, request));
    other = head;
    other.content_length = 1;
    CHECK_FALSE(parse_head(block, other, request));
    other = head;
    other.authorization = other.authorization.substr(1);
    CHECK_FALSE(parse_head(block, other, request));
    other = head;
    other.authorization = {};
    CHECK_FALSE(parse_head(block, other, request));
    other = head;
    other.cookie = head.host;
    CHECK_FALSE(parse_head(block, other, request));
}

TEST_CASE("a handler gets bytes above ASCII as they came") {
    const auto request =
        read("X-Hasura-Role: r\xc3\xb4le\r\nUser-Agent:  Caf\xe9/1.0 \r\nCookie: \x80" +
             std::string(100, '\xff') + "\r\n");
    REQUIRE(request);
    CHECK(request->header("x-hasura-role") == "r\xc3\xb4le");
    CHECK(request->header("user-agent") == "Caf\xe9/1.0");
    CHECK(request->header("cookie") == "\x80" + std::string(100, '\xff'));
}
