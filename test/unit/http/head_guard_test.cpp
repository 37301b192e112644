#include "http/request_head.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>

using namespace signet::http;

namespace {

const Limits kLimits;

// Scanner and guard, as a connection runs them over bytes that arrive at once.
std::optional<RequestError> fault_of(std::string_view block) {
    HeadScanner scanner(kLimits);
    switch (scanner.scan(block)) {
        case HeadScanner::State::refused:
            return scanner.error();
        case HeadScanner::State::more:
            FAIL("the head does not end");
            break;
        case HeadScanner::State::complete:
            break;
    }
    return guard_head(block.substr(0, scanner.size()), kLimits).error;
}

// A request line and headers, of which each ends with CRLF, behind a good Host.
std::string head(const std::string& line, const std::string& headers = "") {
    return line + "\r\nHost: a\r\n" + headers + "\r\n";
}

std::string get(const std::string& headers) {
    return head("GET / HTTP/1.1", headers);
}

Head accepted(std::string_view block) {
    const GuardResult result = guard_head(block, kLimits);
    CHECK_FALSE(result.error);
    return result.head;
}

void check_all(std::initializer_list<std::string> blocks, RequestError error) {
    for (const std::string& block : blocks) {
        CAPTURE(block);
        CHECK(fault_of(block) == error);
    }
}

}  // namespace

TEST_CASE("the guard lets a plain request through and says what it is") {
    const std::string block = head("POST /login?a=1&a=2 HTTP/1.1",
                                   "Content-Type: application/json\r\nContent-Length: 7\r\n");
    CHECK_FALSE(fault_of(block));
    const Head read = accepted(block);
    CHECK(read.method == Method::post);
    CHECK(read.path == "/login");
    CHECK(read.query == "a=1&a=2");
    CHECK(read.host == "a");
    CHECK(read.framing == Framing::content_length);
    CHECK(read.content_length == 7);
    CHECK(read.content_type == "application/json");
    CHECK(read.keep_alive);
    CHECK_FALSE(read.expects_continue);
}

TEST_CASE("the guard takes every method there is, by its exact name") {
    for (const Method method : {Method::get, Method::head, Method::post, Method::put, Method::patch,
                                Method::delete_, Method::options, Method::trace}) {
        const std::string block = head(std::string(to_string(method)) + " / HTTP/1.1");
        CHECK(accepted(block).method == method);
    }
}

TEST_CASE("the guard answers 501 to a method it does not know") {
    check_all({head("FOO / HTTP/1.1"), head("get / HTTP/1.1"),
               head(std::string(100, 'A') + " / HTTP/1.1")},
              RequestError::method_unknown);
}

TEST_CASE("the guard refuses CONNECT") {
    CHECK(fault_of(head("CONNECT b:443 HTTP/1.1")) == RequestError::method_not_allowed);
}

TEST_CASE("the guard answers 505 to any version but 1.1 and 1.0") {
    check_all({head("GET / HTTP/1.2"), head("GET / HTTP/2.0"), head("GET / HTTP/1.10"),
               head("GET / http/1.1"), head("GET / HTTP/1.1x"), head("PRI * HTTP/2.0")},
              RequestError::version_unsupported);
}

TEST_CASE("the guard refuses a request line that is not three words with one space between") {
    check_all({head("GET /"), head("GET"), head("GET  / HTTP/1.1"), head("GET / HTTP/1.1 "),
               head("GET /  HTTP/1.1"), head("GET /a b HTTP/1.1"), head("GET / FTP/1.1"),
               head("G@T / HTTP/1.1"), head(" GET / HTTP/1.1")},
              RequestError::bad_request);
}

TEST_CASE("the guard refuses a target without slash, with a fragment or with a tab") {
    check_all(
        {head("GET hello HTTP/1.1"), head("GET /#x HTTP/1.1"), head("GET /a\tb HTTP/1.1"),
         head("GET ftp://a/ HTTP/1.1"), head("GET http:///x HTTP/1.1"), head("GET ?x HTTP/1.1")},
        RequestError::bad_target);
}

TEST_CASE("the guard refuses raw UTF-8 and control characters in the request line") {
    check_all({head("GET /\xc3\xa4 HTTP/1.1"), head("GET /\x01 HTTP/1.1"),
               head("GET /\x7f HTTP/1.1"), head(std::string("GET /\0 HTTP/1.1", 15))},
              RequestError::bad_request);
}

TEST_CASE("the guard takes the asterisk with OPTIONS only") {
    CHECK(accepted(head("OPTIONS * HTTP/1.1")).whole_server);
    CHECK(fault_of(head("GET * HTTP/1.1")) == RequestError::bad_target);
}

TEST_CASE("the guard takes the absolute form if it names the Host, in any case") {
    const std::string block = "GET HTTP://A.example:80/x?y HTTP/1.1\r\nHost: a.Example:80\r\n\r\n";
    CHECK(accepted(block).path == "/x");
    CHECK(accepted(block).query == "y");
    CHECK(accepted(head("GET http://a HTTP/1.1")).path == "/");
}

TEST_CASE("the guard refuses the absolute form of another host") {
    check_all({head("GET http://other/ HTTP/1.1"), head("GET http://a:81/ HTTP/1.1"),
               head("GET http://x@a/ HTTP/1.1")},
              RequestError::bad_target);
}

TEST_CASE("the guard answers 414 to a target beyond its limit") {
    CHECK(fault_of(head("GET /" + std::string(5000, 'a') + " HTTP/1.1")) ==
          RequestError::target_too_long);
    CHECK_FALSE(fault_of(head("GET /" + std::string(4095, 'a') + " HTTP/1.1")));
}

TEST_CASE("the guard answers 431 to the 201st header line") {
    std::string headers;
    for (int i = 0; i < 199; ++i) {
        headers += "a:\r\n";
    }
    CHECK_FALSE(fault_of(get(headers)));
    CHECK(fault_of(get(headers + "a:\r\n")) == RequestError::too_many_fields);
}

TEST_CASE("the guard refuses a header line without colon or name") {
    check_all({get("abc\r\n"), get(": x\r\n"), get("a b: x\r\n"), get("a\"b: x\r\n")},
              RequestError::bad_header);
}

TEST_CASE("the guard refuses white space before the colon") {
    check_all({get("Transfer-Encoding : chunked\r\n"), get("a\t: x\r\n")},
              RequestError::bad_header);
}

TEST_CASE("the guard refuses a header that comes twice where one is the rule") {
    for (const std::string name : {"Authorization", "content-type", "EXPECT", "Cookie",
                                   "X-Action-Secret", "x-hasura-role"}) {
        CAPTURE(name);
        CHECK(fault_of(get(name + ": a\r\n" + name + ": a\r\n")) == RequestError::duplicate_header);
    }
}

TEST_CASE("the guard lets other headers come twice") {
    CHECK_FALSE(fault_of(get("Accept: a\r\nAccept: b\r\n")));
}

TEST_CASE("the guard wants exactly one Host in HTTP/1.1") {
    check_all({"GET / HTTP/1.1\r\n\r\n", get("Host: a\r\n"), get("host: b\r\n")},
              RequestError::bad_host);
}

TEST_CASE("the guard lets HTTP/1.0 go without Host, but not with two") {
    CHECK_FALSE(fault_of("GET / HTTP/1.0\r\n\r\n"));
    CHECK(fault_of("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n") == RequestError::bad_host);
}

TEST_CASE("the guard refuses a Host that is none") {
    for (const std::string host : {"", "a,b", "a b", "a/b", "u@a", "a:b", "a:123456", ":80", "[::1",
                                   "[]", "[::1]x", "a\"b"}) {
        CAPTURE(host);
        CHECK(fault_of("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n") == RequestError::bad_host);
    }
}

TEST_CASE("the guard takes names, addresses and ports as Host") {
    for (const std::string host : {"a", "my_host.example:4000", "127.0.0.1", "[::1]:4000", "a:"}) {
        CAPTURE(host);
        CHECK_FALSE(fault_of("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n"));
    }
}

TEST_CASE("the guard refuses a Content-Length that is no plain number") {
    for (const std::string length : {"", "+1", "-1", "0x2", "2 2", "2,2", "2, 2", "00", "01", "1.0",
                                     "99999999999", "18446744073709551616"}) {
        CAPTURE(length);
        CHECK(fault_of(get("Content-Length: " + length + "\r\n")) == RequestError::bad_framing);
    }
}

TEST_CASE("the guard refuses two Content-Lengths, equal or not") {
    check_all({get("Content-Length: 2\r\nContent-Length: 3\r\n"),
               get("Content-Length: 2\r\nContent-Length: 2\r\n")},
              RequestError::bad_framing);
}

TEST_CASE("the guard takes Content-Length: 0 as no body") {
    CHECK(accepted(get("Content-Length: 0\r\n")).framing == Framing::none);
}

TEST_CASE("the guard refuses Content-Length beside Transfer-Encoding") {
    check_all({get("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"),
               get("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n")},
              RequestError::bad_framing);
}

TEST_CASE("the guard takes chunked, in any case and with white space around") {
    CHECK(accepted(get("Transfer-Encoding: \t CHUNKED \r\n")).framing == Framing::chunked);
}

TEST_CASE("the guard answers 501 to a transfer coding it does not know") {
    check_all({get("Transfer-Encoding: xchunked\r\n"), get("Transfer-Encoding: identity\r\n"),
               get("Transfer-Encoding: gzip, chunked\r\n"), get("Transfer-Encoding: gzip\r\n"),
               get("Content-Length: 2\r\nTransfer-Encoding: identity\r\n")},
              RequestError::transfer_coding_unknown);
}

TEST_CASE("the guard refuses chunked that is not last, not alone or not clean") {
    check_all(
        {get("Transfer-Encoding: chunked, identity\r\n"), get("Transfer-Encoding: chunked,\r\n"),
         get("Transfer-Encoding: chunked, chunked\r\n"),
         get("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
         get("Transfer-Encoding: \r\n"), get("Transfer-Encoding: \"chunked\"\r\n"),
         get("Transfer-Encoding: ,chunked\r\n")},
        RequestError::bad_framing);
}

TEST_CASE("the guard refuses Transfer-Encoding in HTTP/1.0") {
    CHECK(fault_of(head("POST / HTTP/1.0", "Transfer-Encoding: chunked\r\n")) ==
          RequestError::bad_framing);
}

TEST_CASE("the guard takes the expectation 100-continue, and ignores it in HTTP/1.0") {
    CHECK(accepted(get("Expect: 100-Continue\r\n")).expects_continue);
    CHECK_FALSE(accepted(head("GET / HTTP/1.0", "Expect: 100-continue\r\n")).expects_continue);
}

TEST_CASE("the guard answers 417 to another expectation") {
    CHECK(fault_of(get("Expect: foo\r\n")) == RequestError::expectation_failed);
}

TEST_CASE("the guard refuses a coded body, and only a body") {
    CHECK(fault_of(get("Content-Encoding: gzip\r\nContent-Length: 2\r\n")) ==
          RequestError::unsupported_content_encoding);
    CHECK(fault_of(get("Content-Encoding: br\r\nTransfer-Encoding: chunked\r\n")) ==
          RequestError::unsupported_content_encoding);
    CHECK_FALSE(fault_of(get("Content-Encoding: gzip\r\n")));
    CHECK_FALSE(fault_of(get("Content-Encoding: identity\r\nContent-Length: 2\r\n")));
}

TEST_CASE("the guard finds close among the connection options") {
    CHECK_FALSE(accepted(get("Connection: authorization, Close\r\n")).keep_alive);
    CHECK_FALSE(accepted(get("Connection: x\r\nConnection: close\r\n")).keep_alive);
    CHECK(accepted(get("Connection: keep-alive\r\n")).keep_alive);
}

TEST_CASE("the guard ends HTTP/1.0 connections whatever they say") {
    CHECK_FALSE(accepted(head("GET / HTTP/1.0", "Connection: keep-alive\r\n")).keep_alive);
}

TEST_CASE("the guard reads a block without its end as bad, not beyond it") {
    for (const std::string block : {"", "GET / HTTP/1.1", "GET / HTTP/1.1\r\n",
                                    "GET / HTTP/1.1\r\nHost: a", "GET / HTTP/1.1\r\nHost: a\r\n"}) {
        CAPTURE(block);
        CHECK(guard_head(block, kLimits).error);
    }
}
