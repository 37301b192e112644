#include "support/raw_client.hpp"
#include "support/toy_server.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <deque>
#include <future>
#include <memory>
#include <string>

using namespace signet::test;
using namespace std::chrono_literals;

namespace {

std::string get(const std::string& path) {
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

}  // namespace

TEST_CASE("a handler that throws is 500 with the request id, and the end of its connection only") {
    ToyServer toy;
    const auto answers = split_answers(ask(toy.port(), get("/throws") + get("/hello")));
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].status == 500);
    CHECK(answers[0].body.find("\"code\":\"internal\"") != std::string::npos);
    CHECK(answers[0].body.find(answers[0].header("x-request-id")) != std::string::npos);
    CHECK(answers[0].body.find("as told") == std::string::npos);
    RawClient client(toy.port());
    client.send(get("/hello"));
    CHECK(client.read_answer()->status == 200);
}

TEST_CASE("a handler cannot split its answer with a line break in a header") {
    ToyServer toy;
    const std::string wire = ask(toy.port(), get("/splits"));
    CHECK(wire.starts_with("HTTP/1.1 500 "));
    CHECK(wire.find("Set-Cookie") == std::string::npos);
}

TEST_CASE("a full lane is 503 with Retry-After, and the connection goes on") {
    ToyServer toy;
    RawClient client(toy.port());
    client.send(get("/full") + get("/hello"));
    const auto refused = client.read_answer();
    REQUIRE(refused);
    CHECK(refused->status == 503);
    CHECK(refused->header("retry-after") == "1");
    CHECK(refused->body.find("\"code\":\"overloaded\"") != std::string::npos);
    CHECK(client.read_answer()->status == 200);
}

TEST_CASE("a lane that drops its reply is 500") {
    ToyServer toy;
    CHECK(ask(toy.port(), get("/dropped")).starts_with("HTTP/1.1 500 "));
}

TEST_CASE("a lane that answers twice is heard once") {
    ToyServer toy;
    RawClient client(toy.port());
    client.send(get("/twice") + get("/hello"));
    CHECK(client.read_answer()->body == "once");
    CHECK(client.read_answer()->body == "hello /hello");
}

TEST_CASE("an answer that is late is 503, and the late reply is dropped") {
    ToyServer toy;
    RawClient client(toy.port());
    client.send(get("/held"));
    const auto late = client.read_answer();
    REQUIRE(late);
    CHECK(late->status == 503);
    CHECK(late->body.find("\"code\":\"deadline-passed\"") != std::string::npos);
    CHECK(late->body.find("may still take effect") != std::string::npos);
    CHECK(toy.release_held() == 1);
    client.send(get("/hello"));
    CHECK(client.read_answer()->body == "hello /hello");
}

TEST_CASE("an answer that is there when its deadline is looked at is sent") {
    ToyServer toy;
    RawClient waiting(toy.port());
    waiting.send(get("/held"));
    std::this_thread::sleep_for(50ms);
    // Nothing is looked at while the only I/O thread naps: neither the answer nor the deadline.
    RawClient napping(toy.port());
    napping.send(get("/nap"));
    std::this_thread::sleep_for(100ms);
    CHECK(toy.release_held() == 1);
    const auto answer = waiting.read_answer();
    REQUIRE(answer);
    CHECK(answer->body == "held");
}

TEST_CASE("while a lane works, the next request waits its turn") {
    auto limits = ToyServer::quick_limits();
    limits.request_deadline = 5s;
    ToyServer toy(limits);
    RawClient client(toy.port());
    client.send(get("/held") + get("/hello"));
    std::this_thread::sleep_for(50ms);
    CHECK(toy.handled() == 0);
    CHECK(toy.release_held() == 1);
    CHECK(client.read_answer()->body == "held");
    CHECK(client.read_answer()->body == "hello /hello");
}

TEST_CASE("a client that leaves while a lane works takes nothing down") {
    ToyServer toy;
    {
        RawClient client(toy.port());
        client.send(get("/held"));
        std::this_thread::sleep_for(30ms);
        client.reset();
    }
    CHECK(toy.empties());
    CHECK(toy.release_held() == 1);
    RawClient client(toy.port());
    client.send(get("/hello"));
    CHECK(client.read_answer()->status == 200);
}

TEST_CASE("a reply that comes after the server has gone is dropped") {
    auto toy = std::make_unique<ToyServer>();
    RawClient client(toy->port());
    client.send(get("/held"));
    std::this_thread::sleep_for(30ms);
    toy->stop(0ms);
    CHECK(client.closed());
    toy.reset();  // releases what is held, behind the end of run()
}

TEST_CASE("stopping closes idle connections at once and takes no new ones") {
    auto limits = ToyServer::quick_limits();
    limits.idle_deadline = 60s;
    ToyServer toy(limits, 2);
    RawClient idle(toy.port());
    idle.send(get("/hello"));
    CHECK(idle.read_answer());
    const auto begin = std::chrono::steady_clock::now();
    toy.stop(10s);
    CHECK(std::chrono::steady_clock::now() - begin < 1s);
    CHECK(idle.closed());
    CHECK_THROWS_AS(RawClient(toy.port()), std::system_error);
}

TEST_CASE("a server that retires takes connections and answers with Connection: close") {
    ToyServer toy;
    RawClient kept(toy.port());
    kept.send(get("/hello"));
    CHECK(kept.read_answer()->header("connection") != "close");
    toy.retire();
    for (RawClient fresh(toy.port()); RawClient * client : {&kept, &fresh}) {
        client->send(get("/hello"));
        const auto answer = client->read_answer();
        REQUIRE(answer);
        CHECK(answer->status == 200);
        CHECK(answer->header("connection") == "close");
        CHECK(client->closed());
    }
}

TEST_CASE("stopping waits a moment for the first request of a connection that was just made") {
    auto limits = ToyServer::quick_limits();
    limits.last_request_deadline = 400ms;
    limits.first_request_deadline = 60s;
    ToyServer toy(limits, 2);
    std::deque<RawClient> fresh;
    for (int i = 0; i < 4; ++i) {
        fresh.emplace_back(toy.port());
    }
    RawClient silent(toy.port());
    const auto begin = std::chrono::steady_clock::now();
    auto stopped = std::async(std::launch::async, [&] { toy.stop(10s); });
    std::this_thread::sleep_for(50ms);
    for (RawClient& client : fresh) {
        client.send(get("/hello"));
        const auto answer = client.read_answer();
        REQUIRE(answer);
        CHECK(answer->status == 200);
        CHECK(answer->header("connection") == "close");
    }
    stopped.get();
    CHECK(silent.closed());
    CHECK(std::chrono::steady_clock::now() - begin < 2s);
}

TEST_CASE("stopping lets a busy connection answer, with Connection: close") {
    auto limits = ToyServer::quick_limits();
    limits.request_deadline = 10s;
    ToyServer toy(limits);
    RawClient client(toy.port());
    client.send(get("/held") + get("/hello"));
    std::this_thread::sleep_for(50ms);
    auto stopped = std::async(std::launch::async, [&] { toy.stop(10s); });
    std::this_thread::sleep_for(50ms);
    CHECK(toy.release_held() == 1);
    const auto answer = client.read_answer();
    REQUIRE(answer);
    CHECK(answer->body == "held");
    CHECK(answer->header("connection") == "close");
    CHECK(client.closed());
    stopped.get();
}

TEST_CASE("stopping closes what is still busy when the grace is over") {
    auto limits = ToyServer::quick_limits();
    limits.request_deadline = 60s;
    ToyServer toy(limits);
    RawClient client(toy.port());
    client.send(get("/held"));
    std::this_thread::sleep_for(50ms);
    const auto begin = std::chrono::steady_clock::now();
    toy.stop(100ms);
    const auto took = std::chrono::steady_clock::now() - begin;
    CHECK(took >= 100ms);
    CHECK(took < 1s);
    CHECK(client.closed());
}

TEST_CASE("a server that is stopped before it runs returns from run() at once") {
    signet::SystemClock clock;
    signet::SystemRandom random;
    const signet::Log log(signet::LogLevel::error, signet::LogFormat::json);
    signet::http::ServerOptions options;
    options.port = 0;
    signet::http::Server server(options, {}, clock, random, log);
    server.stop(10s);
    server.run();
    CHECK(server.connections() == 0);
}
