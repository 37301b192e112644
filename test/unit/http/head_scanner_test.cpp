#include "http/request_head.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace signet::http;

namespace {

using State = HeadScanner::State;

const Limits kLimits;

void check_refused(const std::string& bytes, RequestError error) {
    CAPTURE(bytes);
    HeadScanner scanner(kLimits);
    REQUIRE(scanner.scan(bytes) == State::refused);
    CHECK(scanner.error() == error);
}

}  // namespace

TEST_CASE("the scanner finds the end of a head and leaves what follows") {
    const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    HeadScanner scanner(kLimits);
    CHECK(scanner.scan(head + "\x16 anything") == State::complete);
    CHECK(scanner.size() == head.size());
}

TEST_CASE("the scanner finds the same end when the bytes come one by one") {
    const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    HeadScanner scanner(kLimits);
    for (std::size_t size = 1; size < head.size(); ++size) {
        CHECK(scanner.scan(head.substr(0, size)) == State::more);
    }
    CHECK(scanner.scan(head) == State::complete);
    scanner.reset();
    CHECK(scanner.scan(head) == State::complete);
}

TEST_CASE("the scanner reports an empty line before the request") {
    HeadScanner scanner(kLimits);
    CHECK(scanner.scan("\r\nGET") == State::complete);
    CHECK(scanner.size() == 2);
}

TEST_CASE("the scanner refuses a bare LF as line end at once, before the head is whole") {
    check_refused("GET / HTTP/1.1\n", RequestError::bad_request);
    check_refused("GET / HTTP/1.1\r\nHost: a\n", RequestError::bad_header);
}

TEST_CASE("the scanner refuses a bare CR") {
    check_refused("GET / HTTP/1.1\rX", RequestError::bad_request);
    check_refused("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", RequestError::bad_header);
    check_refused("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", RequestError::bad_header);
}

TEST_CASE("the scanner refuses every control character in a header but the tab") {
    for (int c = 0; c < 0x20; ++c) {
        if (c != '\t' && c != '\r') {
            check_refused(std::string("GET / HTTP/1.1\r\nX: ") + static_cast<char>(c) + "\r\n\r\n",
                          RequestError::bad_header);
        }
    }
    HeadScanner scanner(kLimits);
    CHECK(scanner.scan("GET / HTTP/1.1\r\nX: \t\r\n\r\n") == State::complete);
}

TEST_CASE("the scanner refuses DEL in a header") {
    check_refused("GET / HTTP/1.1\r\nX: \x7f\r\n\r\n", RequestError::bad_header);
}

TEST_CASE("the scanner takes every byte from 0x80 up in a header, and none in the request line") {
    for (int c = 0x80; c <= 0xff; ++c) {
        HeadScanner scanner(kLimits);
        CHECK(scanner.scan(std::string("GET / HTTP/1.1\r\nX: ") + static_cast<char>(c) +
                           "\r\n\r\n") == State::complete);
        check_refused(std::string("GET /") + static_cast<char>(c) + " HTTP/1.1\r\n\r\n",
                      RequestError::bad_request);
    }
}

TEST_CASE("the scanner names the header in whose line it stopped") {
    const auto named = [](const std::string& bytes) {
        HeadScanner scanner(kLimits);
        REQUIRE(scanner.scan(bytes) == State::refused);
        return std::string(scanner.header(bytes));
    };
    CHECK(named("GET / HTTP/1.1\r\nA: b\r\nX-Odd: \x07") == "X-Odd");
    CHECK(named("GET / HTTP/1.1\r\nX-Odd: a\rb") == "X-Odd");
    CHECK(named("GET / HTTP/1.1\r\nX-Large: " + std::string(40'000, 'a')) == "X-Large");
    CHECK(named("GET / HTTP/1.1\r\nA: b\r\n folded").empty());
    CHECK(named("GET / HTTP/1.1\r\nBad Name: \x07").empty());
    CHECK(named("GET / HTTP/1.1\r\nno-colon\x07").empty());
    CHECK(named("GET /\x07").empty());
}

TEST_CASE("the scanner refuses a folded line, by space and by tab") {
    check_refused("GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n", RequestError::bad_header);
    check_refused("GET / HTTP/1.1\r\nX: a\r\n\tb\r\n\r\n", RequestError::bad_header);
}

TEST_CASE("the scanner refuses white space before the first header") {
    check_refused("GET / HTTP/1.1\r\n Host: a\r\n\r\n", RequestError::bad_header);
}

TEST_CASE("the scanner refuses white space before the request line") {
    check_refused(" GET / HTTP/1.1\r\n\r\n", RequestError::bad_request);
}

TEST_CASE("the scanner knows binary by its first byte") {
    check_refused("\x16\x03\x01", RequestError::not_http);
    check_refused("\x80\x2e", RequestError::not_http);
    check_refused(std::string(1, '\0'), RequestError::not_http);
}

TEST_CASE("the scanner takes a head of the largest size and refuses one byte more") {
    const std::string begin = "GET / HTTP/1.1\r\nX: ";
    const std::string fill(kLimits.head_bytes_max - begin.size() - 4, 'a');
    HeadScanner scanner(kLimits);
    CHECK(scanner.scan(begin + fill + "\r\n\r\n") == State::complete);
    check_refused(begin + fill + "a\r\n\r\n", RequestError::head_too_large);
}

TEST_CASE("the scanner tells a long target from a long method") {
    check_refused("GET /" + std::string(40'000, 'a'), RequestError::target_too_long);
    check_refused(std::string(40'000, 'A'), RequestError::method_unknown);
}

TEST_CASE("the scanner finds a byte that has no place anywhere in a long value") {
    const std::string begin = "GET / HTTP/1.1\r\nAuthorization: ";
    for (unsigned byte = 0; byte < 256; ++byte) {
        const bool allowed = (byte >= 0x20 && byte != 0x7F) || byte == '\t';
        if (byte == '\r') {
            continue;
        }
        for (std::size_t at = 0; at < 40; ++at) {
            CAPTURE(byte);
            CAPTURE(at);
            std::string block = begin + std::string(80, 'x') + "\r\n\r\n";
            block[begin.size() + at] = static_cast<char>(byte);
            HeadScanner scanner(kLimits);
            CHECK((scanner.scan(block) == State::complete) == allowed);
        }
    }
}
