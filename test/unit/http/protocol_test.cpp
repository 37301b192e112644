#include "support/protocol_driver.hpp"
#include "support/scratch_pipe.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

using namespace signet::http;
using namespace std::chrono_literals;
using signet::test::ProtocolDriver;
using signet::test::text;
using Wants = Protocol::Wants;
using Phase = Protocol::Phase;

namespace {

const std::string kGet = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string kLane = "GET /lane HTTP/1.1\r\nHost: a\r\n\r\n";

std::size_t count(const std::string& text, std::string_view piece) {
    std::size_t found = 0;
    for (std::size_t at = text.find(piece); at != std::string::npos;
         at = text.find(piece, at + 1)) {
        ++found;
    }
    return found;
}

}  // namespace

TEST_CASE("a handler gets path, query, headers in lower case, id, address, time and deadline") {
    ProtocolDriver driver;
    driver.send("GET /hello?a=1 HTTP/1.1\r\nHost: a\r\nX-Some-Thing:  Value \r\n\r\n");
    CHECK(driver.seen.path == "/hello");
    CHECK(driver.seen.query == "a=1");
    CHECK(driver.seen.header("x-some-thing") == "Value");
    CHECK(driver.seen.id == "01010101010101010101010101010101");
    CHECK(driver.seen.remote_address == "192.0.2.1");
    CHECK(driver.seen.now_s == 1'000'000'000);
    CHECK(driver.seen.deadline == driver.now + Limits{}.request_deadline);
    CHECK(driver.take_output().starts_with(
        "HTTP/1.1 200 OK\r\nDate: Sun, 09 Sep 2001 01:46:40 GMT\r\n"));
}

TEST_CASE("behind a trusted proxy the address of each request is the client's") {
    ProtocolDriver driver({}, {signet::LogLevel::error, signet::LogFormat::json, -1},
                          {*signet::IpNetwork::from("192.0.2.0/24")});
    const auto address = [&](const std::string& lines) {
        driver.send("GET /hello HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n");
        return driver.seen.remote_address;
    };
    CHECK(
        address("X-Forwarded-For: 203.0.113.66\r\nx-forwarded-for: 198.51.100.7, 192.0.2.9\r\n") ==
        "198.51.100.7");
    CHECK(address("") == "192.0.2.1");
    CHECK(address("Forwarded: for=\"[2001:db8::7]:80\"\r\n") == "2001:db8::7");
    CHECK(address("X-Forwarded-For: \xe2\x80\xa6\r\n") == "192.0.2.1");
}

TEST_CASE("a refused request is logged with the address of its client") {
    signet::test::ScratchPipe pipe;
    ProtocolDriver driver({}, {signet::LogLevel::info, signet::LogFormat::json, pipe.write_end()},
                          {*signet::IpNetwork::from("192.0.2.0/24")});
    driver.send("GET /nowhere HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.7\r\n\r\n");
    CHECK(pipe.drain().find("\"address\":\"198.51.100.7\"") != std::string::npos);
}

TEST_CASE("each request has a line in the log with the route instead of the path") {
    signet::test::ScratchPipe pipe;
    ProtocolDriver driver({}, {signet::LogLevel::info, signet::LogFormat::json, pipe.write_end()});
    driver.send("GET /hello?ticket=secret HTTP/1.1\r\nHost: a\r\nAuthorization: secret\r\n\r\n");
    const std::size_t bytes = driver.take_output().size();
    const std::string line = pipe.drain();
    CHECK(line.find(R"("level":"info","event":"request","method":"GET","route":"/hello",)"
                    R"("status":200,"durationMs":)") != std::string::npos);
    CHECK(line.find("\"bytes\":" + std::to_string(bytes) +
                    ",\"code\":\"\",\"leftOut\":0,\"trace\":\"\","
                    "\"request\":\"01010101010101010101010101010101\"}") != std::string::npos);
    CHECK(line.find("secret") == std::string::npos);
}

TEST_CASE("the line of a refused request has the code of the refusal, whatever form it has") {
    signet::test::ScratchPipe pipe;
    ProtocolDriver driver({}, {signet::LogLevel::info, signet::LogFormat::json, pipe.write_end()});
    driver.send("POST /formed HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    CHECK(pipe.drain().find(R"("code":"overloaded")") != std::string::npos);
    driver.send("GET /nowhere/secret HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string lines = pipe.drain();
    CHECK(lines.find(R"("event":"request","method":"GET","route":"none","status":404)") !=
          std::string::npos);
    CHECK(lines.find(R"("code":"not-found","leftOut":0)") != std::string::npos);
    ProtocolDriver another({}, {signet::LogLevel::info, signet::LogFormat::json, pipe.write_end()});
    another.send("POST /hello HTTP/1.1\r\nHost: a\r\nX-Odd: \x07\r\n\r\n");
    CHECK(pipe.drain().find(R"("event":"request","method":"POST","route":"none")") !=
          std::string::npos);
    CHECK(lines.find("secret") == std::string::npos);
}

TEST_CASE("a hot route has one 200 a second in the log, and every refusal") {
    signet::test::ScratchPipe pipe;
    ProtocolDriver driver({}, {signet::LogLevel::info, signet::LogFormat::json, pipe.write_end()});
    for (int i = 0; i < 3; ++i) {
        driver.send("GET /hot HTTP/1.1\r\nHost: a\r\n\r\n");
        driver.send("GET /hot?full HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    const std::string lines = pipe.drain();
    CHECK(count(lines, R"("route":"/hot","status":200)") == 1);
    CHECK(count(lines, R"("route":"/hot","status":503)") == 3);

    HotAnswers answers;
    const HotAnswers::Time now{1h};
    CHECK(answers.take(now) == 0);
    CHECK(!answers.take(now + 1ms));
    CHECK(!answers.take(now + kHotLineInterval - 1ms));
    CHECK(answers.take(now + kHotLineInterval) == 2);
    CHECK(answers.take(now + 2 * kHotLineInterval) == 0);
}

TEST_CASE("each answer is counted by its route and status, each refusal by its rule") {
    ProtocolDriver driver;
    driver.send("GET /hot HTTP/1.1\r\nHost: a\r\n\r\n");
    driver.send("GET /hot?full HTTP/1.1\r\nHost: a\r\n\r\n");
    driver.send("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
    const RouteFigures hot = driver.figures("/hot");
    CHECK(hot.answers[place_of(200)] == 1);
    CHECK(hot.answers[place_of(503)] == 1);
    CHECK(hot.durations.count() == 2);
    CHECK(driver.figures("none").answers[place_of(404)] == 1);
    CHECK(driver.figures("/hello").durations.count() == 0);
    CHECK(driver.refusals(RequestError::not_found) == 1);
    CHECK(driver.refusals(RequestError::bad_host) == 0);
}

TEST_CASE("at debug every 200 of a hot route is in the log") {
    signet::test::ScratchPipe pipe;
    ProtocolDriver driver({}, {signet::LogLevel::debug, signet::LogFormat::json, pipe.write_end()});
    for (int i = 0; i < 3; ++i) {
        driver.send("GET /hot HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    CHECK(count(pipe.drain(), R"("route":"/hot")") == 3);
}

TEST_CASE("a request id and a trace that a client sends are taken over, if they are harmless") {
    signet::test::ScratchPipe pipe;
    ProtocolDriver driver({}, {signet::LogLevel::info, signet::LogFormat::json, pipe.write_end()});
    const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    driver.send(
        "GET /hello HTTP/1.1\r\nHost: a\r\nX-Request-Id: A-1.b_2\r\n"
        "traceparent: 00-" +
        trace + "-00f067aa0ba902b7-01\r\n\r\n");
    CHECK(driver.seen.id == "A-1.b_2");
    CHECK(driver.take_output().find("\r\nX-Request-Id: A-1.b_2\r\n") != std::string::npos);
    CHECK(pipe.drain().find("\"trace\":\"" + trace + "\",\"request\":\"A-1.b_2\"}") !=
          std::string::npos);

    driver.send(kGet);
    CHECK(driver.seen.id.size() == 32);
    CHECK(pipe.drain().find("\"trace\":\"\"") != std::string::npos);
}

TEST_CASE("a request id of a client is short and has no odd characters") {
    CHECK(is_request_id("7c9e6679-7425-40de-944b-e07fc1f90ae7"));
    CHECK(is_request_id(std::string(kRequestIdBytesMax, 'a')));
    for (const std::string& odd :
         {std::string(), std::string(kRequestIdBytesMax + 1, 'a'), std::string("a b"),
          std::string("a\"b"), std::string("a\x1b"), std::string("\xc3\xa4")}) {
        CHECK(!is_request_id(odd));
    }
}

TEST_CASE("only a well-formed traceparent has a trace id") {
    const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    const std::string rest = "-" + trace + "-00f067aa0ba902b7-01";
    CHECK(trace_id_of("00" + rest) == trace);
    CHECK(trace_id_of("cc" + rest + "-what-comes") == trace);
    const std::string nothing(32, '0');
    for (const std::string& odd :
         {std::string(), "00" + rest + "-more", "ff" + rest, "0g" + rest, "00" + rest + "0",
          "cc" + rest + "0", "00-" + nothing + "-00f067aa0ba902b7-01",
          "00-" + trace + "-0000000000000000-01",
          "00-4BF92F3577B34DA6A3CE929D0E0E4736" + std::string("-00f067aa0ba902b7-01"),
          "00_" + rest.substr(1)}) {
        CHECK(trace_id_of(odd).empty());
    }
}

TEST_CASE("without trusted proxies nothing that a client says is its address") {
    ProtocolDriver driver;
    driver.send(
        "GET /hello HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.66\r\n"
        "Forwarded: for=203.0.113.66\r\n\r\n");
    CHECK(driver.seen.remote_address == "192.0.2.1");
}

TEST_CASE("headers of one request are gone with the next") {
    ProtocolDriver driver;
    driver.send("GET /hello HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\nA: b\r\n\r\n");
    driver.send(kGet);
    CHECK(driver.seen.headers.size() == 1);
    CHECK_FALSE(driver.seen.header("authorization"));
}

TEST_CASE("a body that the row does not take is kept from its handler") {
    ProtocolDriver driver;
    driver.send("GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    CHECK(driver.seen.body.empty());
    CHECK(count(driver.take_output(), "hello") == 1);
}

TEST_CASE("one empty line before a request is skipped, a second one is 400") {
    ProtocolDriver driver;
    CHECK(driver.send("\r\n" + kGet + "\r\n" + kGet) == Wants::bytes);
    CHECK(count(driver.take_output(), "HTTP/1.1 200 ") == 2);
    CHECK(driver.send("\r\n\r\n" + kGet) == Wants::end);
    CHECK(count(driver.take_output(), "HTTP/1.1 400 ") == 1);
}

TEST_CASE("nothing is parsed after a request that is refused") {
    ProtocolDriver driver;
    CHECK(driver.send("GET / HTTP/1.1\r\n\r\n" + kGet) == Wants::end);
    CHECK(driver.send(kGet) == Wants::end);
    const std::string wire = driver.take_output();
    CHECK(count(wire, "\r\nDate: ") == 1);
    CHECK(count(wire, "Connection: close\r\n") == 1);
}

TEST_CASE("an answer to an offence in a HEAD request has no body") {
    ProtocolDriver driver;
    driver.send("HEAD /hello HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n");
    CHECK(driver.take_output().ends_with("\r\n\r\n"));
}

TEST_CASE("a pipeline stops to write when enough is gathered, and goes on from there") {
    Limits limits;
    limits.pipelined_bytes_max = 400;
    ProtocolDriver driver(limits);
    CHECK(driver.send(kGet + kGet + kGet + kGet + kGet) == Wants::bytes);
    const std::string first = driver.take_output();
    CHECK(first.size() < 800);
    std::size_t answers = count(first, "HTTP/1.1 200 ");
    CHECK(answers < 5);
    for (int i = 0; i < 5; ++i) {
        driver.send("");
        answers += count(driver.take_output(), "HTTP/1.1 200 ");
    }
    CHECK(answers == 5);
}

TEST_CASE("a handler that throws anything is 500 and the end") {
    for (const std::string path : {"/throws", "/odd"}) {
        ProtocolDriver driver;
        CHECK(driver.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n" + kGet) == Wants::end);
        const std::string wire = driver.take_output();
        CHECK(wire.starts_with("HTTP/1.1 500 "));
        CHECK(count(wire, "HTTP/1.1 ") == 1);
    }
}

TEST_CASE("a lane's answer is written, and the protocol goes on with what waited") {
    ProtocolDriver driver;
    CHECK(driver.send(kLane + kGet) == Wants::reply);
    CHECK(driver.take_output().empty());
    (*driver).reply(driver.replies.tickets.at(0), text("from the lane"), driver.now);
    CHECK(driver.send("") == Wants::bytes);
    const std::string wire = driver.take_output();
    CHECK(wire.find("from the lane") < wire.find("hello"));
    CHECK(count(wire, "HTTP/1.1 200 ") == 2);
}

TEST_CASE("an answer that must not come too early is held until its time") {
    ProtocolDriver driver;
    driver.send(kLane);
    Response early = text("not yet");
    early.not_before = driver.now + 200ms;
    (*driver).reply(driver.replies.tickets.at(0), std::move(early), driver.now);
    CHECK(driver.take_output().empty());
    CHECK((*driver).phase() == Phase::reply);
    CHECK((*driver).deadline() == driver.now + 200ms);
    (*driver).time_out(driver.now + 200ms);
    CHECK(driver.take_output().find("not yet") != std::string::npos);
    CHECK((*driver).phase() == Phase::idle);
    driver.send(kLane);
    Response due = text("at once");
    due.not_before = driver.now;
    (*driver).reply(driver.replies.tickets.at(1), std::move(due), driver.now);
    CHECK(driver.take_output().find("at once") != std::string::npos);
}

TEST_CASE("a reply with an old ticket is dropped") {
    ProtocolDriver driver;
    driver.send(kLane);
    const std::uint64_t old = driver.replies.tickets.at(0);
    (*driver).reply(old, text("first"), driver.now);
    driver.send(kLane);
    driver.take_output();
    (*driver).reply(old, text("again"), driver.now);
    CHECK(driver.take_output().empty());
    CHECK((*driver).phase() == Phase::reply);
}

TEST_CASE("a lane that gives no answer is 500 and the end") {
    ProtocolDriver driver;
    driver.send(kLane);
    (*driver).reply(driver.replies.tickets.at(0), std::nullopt, driver.now);
    CHECK(driver.take_output().starts_with("HTTP/1.1 500 "));
    CHECK(driver.send("") == Wants::end);
}

TEST_CASE("a lane that refuses is 503, and its reply would come too late") {
    ProtocolDriver driver;
    CHECK(driver.send("GET /full HTTP/1.1\r\nHost: a\r\n\r\n") == Wants::bytes);
    CHECK(driver.take_output().starts_with("HTTP/1.1 503 "));
    (*driver).reply(driver.replies.tickets.at(0), text("late"), driver.now);
    CHECK(driver.take_output().empty());
}

TEST_CASE("every error of a route that has a form for them is in that form, whoever refuses") {
    ProtocolDriver driver;
    const auto post = [&](std::string_view path, const std::string& body) {
        driver.send("POST " + std::string(path) + " HTTP/1.1\r\nHost: a\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n" + body);
        return driver.take_output();
    };
    CHECK(post("/formed", "fine").ends_with("\r\n\r\nfine"));
    CHECK(post("/formed", "").ends_with("\r\n\r\nformed 503"));
    CHECK(post("/formed", std::string(101, 'x')).ends_with("\r\n\r\nformed 413"));
    ProtocolDriver other;
    other.send("POST /unformed HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    CHECK(other.take_output().find("\"code\":\"not-found\"") != std::string::npos);
}

TEST_CASE("a time-out while a lane works is 503, and the late reply is dropped") {
    ProtocolDriver driver;
    driver.send(kLane);
    (*driver).time_out(driver.now);
    CHECK(driver.take_output().starts_with("HTTP/1.1 503 "));
    (*driver).reply(driver.replies.tickets.at(0), text("late"), driver.now);
    CHECK(driver.take_output().empty());
    CHECK(driver.send(kGet) == Wants::bytes);
}

TEST_CASE("a time-out in a head or a body is 408 and the end") {
    for (const std::string part :
         {"GET /hel", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"}) {
        ProtocolDriver driver;
        driver.send(part);
        (*driver).time_out(driver.now);
        CHECK(driver.take_output().starts_with("HTTP/1.1 408 "));
        CHECK(driver.send("") == Wants::end);
    }
}

TEST_CASE("deadlines count from the first byte of the request, whatever comes after it") {
    ProtocolDriver driver;
    const Limits limits;
    const auto begin = driver.now;
    CHECK((*driver).phase() == Phase::idle);
    CHECK((*driver).deadline() <= begin + limits.first_request_deadline + 1s);
    driver.send("P");
    CHECK((*driver).phase() == Phase::head);
    CHECK((*driver).deadline() == begin + limits.head_deadline);
    driver.now += 3s;
    driver.send("OST /echo HTTP/1.1\r\nHost: a\r\nContent-Le");
    CHECK((*driver).deadline() == begin + limits.head_deadline);
    driver.send("ngth: 3\r\n\r\na");
    CHECK((*driver).phase() == Phase::body);
    CHECK((*driver).deadline() == begin + limits.request_deadline);
    driver.now += 3s;
    driver.send("bc");
    CHECK((*driver).phase() == Phase::idle);
    CHECK((*driver).deadline() == driver.now + limits.idle_deadline);
}

TEST_CASE("a connection that is told to finish ends when idle, and with its answer when busy") {
    ProtocolDriver idle;
    idle.send(kGet);
    idle.take_output();
    (*idle).finish_soon(idle.now);
    CHECK(idle.send("") == Wants::end);
    CHECK((*idle).abrupt());

    ProtocolDriver busy;
    busy.send(kLane + kGet);
    (*busy).finish_soon(busy.now);
    (*busy).reply(busy.replies.tickets.at(0), text("last"), busy.now);
    CHECK(busy.send("") == Wants::end);
    CHECK_FALSE((*busy).abrupt());
    CHECK(count(busy.take_output(), "Connection: close\r\n") == 1);
}

TEST_CASE("a connection without a request has a moment for one when it is told to finish") {
    ProtocolDriver driver;
    (*driver).finish_soon(driver.now);
    CHECK((*driver).deadline() == driver.now + Limits{}.last_request_deadline);
    CHECK(driver.send("") == Wants::bytes);
    CHECK(driver.send(kGet) == Wants::end);
    CHECK_FALSE((*driver).abrupt());
    CHECK(count(driver.take_output(), "Connection: close\r\n") == 1);
}

TEST_CASE("a large body is counted while it is held, and no longer") {
    ProtocolDriver driver;
    const std::string head =
        "POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(100'000) +
        "\r\n\r\n";
    driver.send(head + std::string(60'000, 'x'));
    CHECK(driver.counted_body_bytes() >= 60'000);
    CHECK(driver.send(std::string(40'000, 'x')) == Wants::bytes);
    CHECK(driver.take_output().ends_with("100000"));
    CHECK(driver.counted_body_bytes() == 0);

    driver.send(head + std::string(60'000, 'x'));
    (*driver).time_out(driver.now);
    CHECK(driver.counted_body_bytes() == 0);
}

TEST_CASE("a body that went to a lane is counted until the lane lets go of it") {
    ProtocolDriver driver;
    driver.send("POST /keep HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" +
                std::string(100'000, 'x'));
    (*driver).reply(driver.replies.tickets.at(0), text("done"), driver.now);
    CHECK(driver.counted_body_bytes() >= 100'000);
    driver.kept.reset();
    CHECK(driver.counted_body_bytes() == 0);
}

TEST_CASE("a body beyond what all connections may hold is 503 and the end, in either framing") {
    Limits limits;
    limits.body_bytes_total_max = 50'000;
    for (const std::string framing :
         {"Content-Length: 100000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n186a0\r\n"}) {
        ProtocolDriver driver(limits);
        const std::string head = "POST /large HTTP/1.1\r\nHost: a\r\n" + framing;
        CHECK(driver.send(head + std::string(100'000, 'x')) == Wants::end);
        const std::string wire = driver.take_output();
        CHECK(wire.starts_with("HTTP/1.1 503 "));
        CHECK(wire.find("\"code\":\"overloaded\"") != std::string::npos);
        CHECK(count(wire, "Connection: close\r\n") == 1);
        CHECK(driver.counted_body_bytes() == 0);
    }
}

TEST_CASE("a large head counts like a large body while it is held") {
    const std::string line = "X-Cookie: " + std::string(20'000, 'x');
    {
        ProtocolDriver driver;
        driver.send("GET /hello HTTP/1.1\r\nHost: a\r\n" + line);
        CHECK(driver.counted_body_bytes() >= 2 * line.size());
        driver.send("\r\n\r\n");
        CHECK(driver.take_output().starts_with("HTTP/1.1 200 "));
        CHECK(driver.counted_body_bytes() == 0);
    }
    Limits limits;
    limits.body_bytes_total_max = 50'000;
    ProtocolDriver full(limits);
    CHECK(full.send("GET /hello HTTP/1.1\r\nHost: a\r\n" + line) == Wants::end);
    CHECK(full.take_output().find("\"code\":\"overloaded\"") != std::string::npos);
    ProtocolDriver small(limits);
    small.send("GET /hello HTTP/1.1\r\nHost: a\r\nX-Cookie: " + std::string(6'000, 'x') +
               "\r\n\r\n");
    CHECK(small.take_output().starts_with("HTTP/1.1 200 "));
}

TEST_CASE("small bodies are taken even when large ones have used up the memory") {
    Limits limits;
    limits.body_bytes_total_max = 0;
    ProtocolDriver driver(limits);
    driver.send("POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: 8000\r\n\r\n" +
                std::string(8000, 'x'));
    CHECK(driver.take_output().starts_with("HTTP/1.1 200 "));
}

TEST_CASE("100 Continue is sent only when the body is not there yet and would be taken") {
    const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n";
    ProtocolDriver waiting;
    waiting.send(head + "Content-Length: 3\r\n\r\n");
    CHECK(waiting.take_output() == "HTTP/1.1 100 Continue\r\n\r\n");
    ProtocolDriver eager;
    eager.send(head + "Content-Length: 3\r\n\r\nabc");
    CHECK(eager.take_output().starts_with("HTTP/1.1 200 "));
    ProtocolDriver greedy;
    greedy.send(head + "Content-Length: 101\r\n\r\n");
    CHECK(greedy.take_output().starts_with("HTTP/1.1 413 "));
}

TEST_CASE("a refused request says once in the log why, with the header's name and no value") {
    signet::test::ScratchPipe pipe;
    const auto logged = [&pipe](const std::string& bytes) {
        ProtocolDriver driver({},
                              {signet::LogLevel::info, signet::LogFormat::text, pipe.write_end()});
        driver.send(bytes);
        return pipe.drain();
    };
    const std::string line = logged("GET / HTTP/1.1\r\nHost: a\r\nX-Odd: hush\x07hush\r\n\r\n");
    CHECK(line.find("request-refused code=bad-header header=X-Odd address=192.0.2.1 "
                    "request=01010101010101010101010101010101") != std::string::npos);
    CHECK(count(line, "request-refused") == 1);
    CHECK(line.find("hush") == std::string::npos);
    const std::string get = "GET /hello HTTP/1.1\r\n";
    const std::string host = "Host: a\r\n";
    for (const auto& [bytes, words] : std::initializer_list<std::pair<std::string, std::string>>{
             {get + host + "Cookie: hush\r\nCookie: hush\r\n\r\n",
              "duplicate-header header=Cookie"},
             {get + host + "Hush me: hush\r\n\r\n", "bad-header header=\"\""},
             {get + "Host: hush hush\r\n\r\n", "bad-host header=Host"},
             {get + host + "Content-Length: hush\r\n\r\n", "bad-framing header=Content-Length"},
             {get + host + "Transfer-Encoding: hush\r\n\r\n",
              "transfer-coding-not-implemented header=Transfer-Encoding"},
             {get + host + "Expect: hush\r\n\r\n", "expectation-failed header=Expect"},
             {get + host + "Content-Length: 99999\r\n\r\n", "body-too-large"},
             {"GET /hush HTTP/1.1\r\nHost: a\r\n\r\n", "not-found"}}) {
        CAPTURE(bytes);
        const std::string said = logged(bytes);
        CHECK(count(said, "request-refused code=" + words) == 1);
        CHECK(count(said, "request-refused") == 1);
        CHECK(said.find("hush") == std::string::npos);
    }
    CHECK(count(logged(kGet), "request-refused") == 0);
}

TEST_CASE("a connection that had a large head waits with little memory") {
    ProtocolDriver driver;
    CHECK(driver.send("GET /hello HTTP/1.1\r\nHost: a\r\nX: " + std::string(30'000, 'a') +
                      "\r\n\r\n") == Wants::bytes);
    CHECK(driver.take_output().starts_with("HTTP/1.1 200 "));
    CHECK((*driver).room().size() <= 4096);
}

TEST_CASE("of a large body one member is kept, in either framing, and the rest takes no memory") {
    const std::string body =
        R"({"request":")" + std::string(900'000, 'x') + R"(","headers":{"a":"b"}})";
    const std::string begin = "POST /headers HTTP/1.1\r\nHost: a\r\n";
    for (const bool chunked : {false, true}) {
        Limits limits;
        limits.body_bytes_total_max = 0;
        ProtocolDriver driver(limits);
        driver.send(begin + (chunked
                                 ? "Transfer-Encoding: chunked\r\n\r\ndbbc2\r\n"
                                 : "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n"));
        driver.send(body);
        if (chunked) {
            driver.send("\r\n0\r\n\r\n");
        }
        CHECK(driver.take_output().ends_with(R"({"request":null,"headers":{"a":"b"}})"));
        driver.send(kGet);
        CHECK(driver.take_output().starts_with("HTTP/1.1 200 "));
    }
}

TEST_CASE("a member that is larger than what may be kept of a body is 413") {
    ProtocolDriver driver;
    const std::string body = R"({"headers":")" + std::string(70'000, 'x') + R"("})";
    CHECK(driver.send("POST /headers HTTP/1.1\r\nHost: a\r\nContent-Length: " +
                      std::to_string(body.size()) + "\r\n\r\n" + body) == Wants::end);
    CHECK(driver.take_output().starts_with("HTTP/1.1 413 "));
}
