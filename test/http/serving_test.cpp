#include "support/raw_client.hpp"
#include "support/toy_server.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using namespace signet::test;
namespace http = signet::http;
using namespace std::chrono_literals;

namespace {

const std::string kGet = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

std::string get(const std::string& path) {
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

}  // namespace

TEST_CASE("a request is answered with date, length, type, id and nosniff, and no Server header") {
    ToyServer toy;
    RawClient client(toy.port());
    client.send(kGet);
    const auto answer = client.read_answer();
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body == "hello /hello");
    CHECK(answer->header("date").size() == 29);
    CHECK(answer->header("content-length") == "12");
    CHECK(answer->header("content-type") == "text/plain");
    CHECK(answer->header("x-request-id").size() == 32);
    CHECK(answer->header("x-content-type-options") == "nosniff");
    CHECK(answer->header("server").empty());
    CHECK(answer->header("connection").empty());
}

TEST_CASE("a cached answer carries today's date and no request id") {
    ToyServer toy;
    RawClient client(toy.port());
    client.send(get("/jwks"));
    const auto answer = client.read_answer();
    REQUIRE(answer);
    CHECK(answer->body == R"({"keys":[]})");
    CHECK(answer->header("date").find(" 1970 ") == std::string::npos);
    CHECK(answer->header("cache-control") == "public, max-age=300");
    CHECK(answer->header("x-request-id").empty());
}

TEST_CASE("HEAD is answered with the headers of GET and no body, and stays in step") {
    ToyServer toy;
    for (const std::string path : {"/jwks", "/hello"}) {
        RawClient client(toy.port());
        client.send("HEAD " + path + " HTTP/1.1\r\nHost: a\r\n\r\n" + get(path));
        const auto to_head = client.read_answer(true);
        const auto to_get = client.read_answer();
        REQUIRE(to_head);
        REQUIRE(to_get);
        CHECK(to_head->header("content-length") == to_get->header("content-length"));
        CHECK(to_head->header("content-type") == to_get->header("content-type"));
        CHECK(to_get->status == 200);
    }
}

TEST_CASE("OPTIONS is answered with 204, the methods of the path and no Content-Length") {
    ToyServer toy;
    RawClient client(toy.port());
    client.send("OPTIONS /echo HTTP/1.1\r\nHost: a\r\n\r\n" + kGet);
    const auto options = client.read_answer();
    REQUIRE(options);
    CHECK(options->status == 204);
    CHECK(options->header("allow") == "POST, OPTIONS");
    CHECK(options->head.find("Content-Length") == std::string::npos);
    CHECK(client.read_answer()->status == 200);
}

TEST_CASE("OPTIONS * is answered with 204 and all methods") {
    ToyServer toy;
    RawClient client(toy.port());
    client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto answer = client.read_answer();
    REQUIRE(answer);
    CHECK(answer->status == 204);
    CHECK(answer->header("allow") == "GET, HEAD, POST, OPTIONS");
}

TEST_CASE("an unknown path is 404 and a problem document with the request id as instance") {
    ToyServer toy;
    const auto answers = split_answers(ask(toy.port(), get("/nowhere")));
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].status == 404);
    CHECK(answers[0].header("content-type") == "application/problem+json");
    CHECK(answers[0].header("cache-control") == "no-store");
    const std::string id = answers[0].header("x-request-id");
    CHECK(answers[0].body.find("\"code\":\"not-found\"") != std::string::npos);
    CHECK(answers[0].body.find("\"instance\":\"" + id + "\"") != std::string::npos);
}

TEST_CASE("a method that the path does not have is 405 with Allow") {
    ToyServer toy;
    const auto answers = split_answers(ask(toy.port(), get("/echo")));
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].status == 405);
    CHECK(answers[0].header("allow") == "POST, OPTIONS");
}

TEST_CASE("TRACE is 405 and the request is not sent back") {
    ToyServer toy;
    const std::string wire =
        ask(toy.port(), "TRACE /hello HTTP/1.1\r\nHost: a\r\nX-Mark: mirror\r\n\r\n");
    CHECK(wire.starts_with("HTTP/1.1 405 "));
    CHECK(wire.find("mirror") == std::string::npos);
}

TEST_CASE("CONNECT is 405 and opens no tunnel") {
    ToyServer toy;
    const std::string wire =
        ask(toy.port(), "CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n" + kGet);
    const auto answers = split_answers(wire);
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].status == 405);
    CHECK(answers[0].header("allow") == "GET, HEAD, POST, OPTIONS");
    CHECK(answers[0].header("connection") == "close");
}

TEST_CASE("100 pipelined requests get 100 answers in order") {
    ToyServer toy;
    RawClient client(toy.port());
    std::string requests;
    for (int i = 0; i < 50; ++i) {
        requests += get("/jwks") + kGet;
    }
    client.send(requests);
    for (int i = 0; i < 50; ++i) {
        const auto first = client.read_answer();
        const auto second = client.read_answer();
        REQUIRE(first);
        REQUIRE(second);
        CHECK(first->body == R"({"keys":[]})");
        CHECK(second->body == "hello /hello");
    }
}

TEST_CASE("pipelined requests to lanes and inline rows are answered in order") {
    ToyServer toy;
    RawClient client(toy.port());
    std::string requests;
    for (int i = 0; i < 20; ++i) {
        requests += get("/lane") + kGet;
    }
    client.send(requests);
    for (int i = 0; i < 20; ++i) {
        const auto first = client.read_answer();
        const auto second = client.read_answer();
        REQUIRE(first);
        REQUIRE(second);
        CHECK(first->body == "lane /lane");
        CHECK(second->body == "hello /hello");
    }
}

TEST_CASE("a request that comes byte by byte is answered") {
    http::Limits limits;
    ToyServer toy(limits);
    RawClient client(toy.port());
    const std::string request =
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    for (const char c : request) {
        REQUIRE(client.send(std::string(1, c)));
        std::this_thread::sleep_for(100us);
    }
    CHECK(client.read_answer()->body == "{}");
}

TEST_CASE("Connection: close ends the connection after the answer") {
    ToyServer toy;
    const std::string wire =
        ask(toy.port(), "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + kGet);
    const auto answers = split_answers(wire);
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].header("connection") == "close");
}

TEST_CASE("Connection: authorization, close leaves the Authorization header alone") {
    ToyServer toy;
    const auto answers =
        split_answers(ask(toy.port(),
                          "GET /whoami HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\n"
                          "Connection: authorization, close\r\n\r\n"));
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].body == "Bearer x");
}

TEST_CASE("HTTP/1.0 is answered without Host and closed") {
    ToyServer toy;
    const auto answers = split_answers(ask(toy.port(), "GET /hello HTTP/1.0\r\n\r\n" + kGet));
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].status == 200);
    CHECK(answers[0].header("connection") == "close");
}

TEST_CASE("the last request that a connection may send says close") {
    auto limits = ToyServer::quick_limits();
    limits.requests_per_connection_max = 3;
    ToyServer toy(limits);
    const auto answers = split_answers(ask(toy.port(), kGet + kGet + kGet + kGet));
    REQUIRE(answers.size() == 3);
    CHECK(answers[1].header("connection").empty());
    CHECK(answers[2].header("connection") == "close");
}

TEST_CASE("a client that finishes sending after a whole request gets its answer") {
    ToyServer toy;
    for (const std::string path : {"/hello", "/lane"}) {
        RawClient client(toy.port());
        client.send(get(path));
        client.finish_sending();
        CHECK(split_answers(client.read_all()).size() == 1);
    }
}

TEST_CASE("a GET with a body is answered, and the connection stays in step") {
    ToyServer toy;
    RawClient client(toy.port());
    client.send("GET /jwks HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}" + kGet);
    CHECK(client.read_answer()->status == 200);
    CHECK(client.read_answer()->body == "hello /hello");
}

TEST_CASE("Expect: 100-continue is answered before the body comes") {
    ToyServer toy;
    RawClient client(toy.port());
    client.send(
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    CHECK(client.read_answer()->status == 100);
    client.send("{}");
    CHECK(client.read_answer()->body == "{}");
}

TEST_CASE("Range is ignored") {
    ToyServer toy;
    RawClient client(toy.port());
    client.send("GET /jwks HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\n\r\n");
    CHECK(client.read_answer()->status == 200);
}

TEST_CASE("the target in absolute form is served when it names the host") {
    ToyServer toy;
    RawClient client(toy.port());
    client.send("GET http://a/hello?x=1 HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.read_answer()->body == "hello /hello");
}

TEST_CASE("the server listens on IPv6") {
    ToyServer toy(ToyServer::quick_limits(), 1, "::1");
    RawClient client(toy.port(), "::1");
    client.send(kGet);
    CHECK(client.read_answer()->status == 200);
}

TEST_CASE("connections are dealt to every I/O thread and all are served") {
    ToyServer toy(ToyServer::quick_limits(), 3);
    for (int i = 0; i < 9; ++i) {
        RawClient client(toy.port());
        client.send(kGet);
        CHECK(client.read_answer()->status == 200);
    }
}

TEST_CASE("an address in use is an exception that says so") {
    ToyServer toy;
    signet::SystemClock clock;
    signet::SystemRandom random;
    const signet::Log log(signet::LogLevel::error, signet::LogFormat::json);
    http::ServerOptions options;
    options.port = toy.port();
    CHECK_THROWS_AS(http::Server(options, {}, clock, random, log), std::system_error);
}
