#include "support/talk.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <string_view>

using namespace signet::http;
using namespace std::chrono_literals;
using signet::test::Talk;
using signet::test::text;
using Wants = Conversation::Wants;
using Phase = Conversation::Phase;

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
    Talk talk;
    talk.say("GET /hello?a=1 HTTP/1.1\r\nHost: a\r\nX-Some-Thing:  Value \r\n\r\n");
    CHECK(talk.seen.path == "/hello");
    CHECK(talk.seen.query == "a=1");
    CHECK(talk.seen.header("x-some-thing") == "Value");
    CHECK(talk.seen.id == "01010101010101010101010101010101");
    CHECK(talk.seen.remote_address == "192.0.2.1");
    CHECK(talk.seen.now_s == 1'000'000'000);
    CHECK(talk.seen.deadline == talk.now + Limits{}.request_deadline);
    CHECK(talk.heard().starts_with("HTTP/1.1 200 OK\r\nDate: Sun, 09 Sep 2001 01:46:40 GMT\r\n"));
}

TEST_CASE("headers of one request are gone with the next") {
    Talk talk;
    talk.say("GET /hello HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\nA: b\r\n\r\n");
    talk.say(kGet);
    CHECK(talk.seen.headers.size() == 1);
    CHECK_FALSE(talk.seen.header("authorization"));
}

TEST_CASE("a body that the row does not take is kept from its handler") {
    Talk talk;
    talk.say("GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    CHECK(talk.seen.body.empty());
    CHECK(count(talk.heard(), "hello") == 1);
}

TEST_CASE("one empty line before a request is skipped, a second one is 400") {
    Talk talk;
    CHECK(talk.say("\r\n" + kGet + "\r\n" + kGet) == Wants::bytes);
    CHECK(count(talk.heard(), "HTTP/1.1 200 ") == 2);
    CHECK(talk.say("\r\n\r\n" + kGet) == Wants::end);
    CHECK(count(talk.heard(), "HTTP/1.1 400 ") == 1);
}

TEST_CASE("nothing is parsed behind an offence (S63)") {
    Talk talk;
    CHECK(talk.say("GET / HTTP/1.1\r\n\r\n" + kGet) == Wants::end);
    CHECK(talk.say(kGet) == Wants::end);
    const std::string wire = talk.heard();
    CHECK(count(wire, "\r\nDate: ") == 1);
    CHECK(count(wire, "Connection: close\r\n") == 1);
}

TEST_CASE("an answer to an offence in a HEAD request has no body") {
    Talk talk;
    talk.say("HEAD /hello HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n");
    CHECK(talk.heard().ends_with("\r\n\r\n"));
}

TEST_CASE("a pipeline stops to write when enough is gathered, and goes on from there") {
    Limits limits;
    limits.pipelined_bytes_max = 400;
    Talk talk(limits);
    CHECK(talk.say(kGet + kGet + kGet + kGet + kGet) == Wants::bytes);
    const std::string first = talk.heard();
    CHECK(first.size() < 800);
    std::size_t answers = count(first, "HTTP/1.1 200 ");
    CHECK(answers < 5);
    for (int i = 0; i < 5; ++i) {
        talk.say("");
        answers += count(talk.heard(), "HTTP/1.1 200 ");
    }
    CHECK(answers == 5);
}

TEST_CASE("a handler that throws anything is 500 and the end") {
    for (const std::string path : {"/throws", "/odd"}) {
        Talk talk;
        CHECK(talk.say("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n" + kGet) == Wants::end);
        const std::string wire = talk.heard();
        CHECK(wire.starts_with("HTTP/1.1 500 "));
        CHECK(count(wire, "HTTP/1.1 ") == 1);
    }
}

TEST_CASE("a lane's answer is written, and the conversation goes on with what waited") {
    Talk talk;
    CHECK(talk.say(kLane + kGet) == Wants::reply);
    CHECK(talk.heard().empty());
    (*talk).reply(talk.desk.tickets.at(0), text("from the lane"), talk.now);
    CHECK(talk.say("") == Wants::bytes);
    const std::string wire = talk.heard();
    CHECK(wire.find("from the lane") < wire.find("hello"));
    CHECK(count(wire, "HTTP/1.1 200 ") == 2);
}

TEST_CASE("a reply with an old ticket is dropped") {
    Talk talk;
    talk.say(kLane);
    const std::uint64_t old = talk.desk.tickets.at(0);
    (*talk).reply(old, text("first"), talk.now);
    talk.say(kLane);
    talk.heard();
    (*talk).reply(old, text("again"), talk.now);
    CHECK(talk.heard().empty());
    CHECK((*talk).phase() == Phase::reply);
}

TEST_CASE("a lane that gives no answer is 500 and the end") {
    Talk talk;
    talk.say(kLane);
    (*talk).reply(talk.desk.tickets.at(0), std::nullopt, talk.now);
    CHECK(talk.heard().starts_with("HTTP/1.1 500 "));
    CHECK(talk.say("") == Wants::end);
}

TEST_CASE("a lane that refuses is 503, and its reply would come too late") {
    Talk talk;
    CHECK(talk.say("GET /full HTTP/1.1\r\nHost: a\r\n\r\n") == Wants::bytes);
    CHECK(talk.heard().starts_with("HTTP/1.1 503 "));
    (*talk).reply(talk.desk.tickets.at(0), text("late"), talk.now);
    CHECK(talk.heard().empty());
}

TEST_CASE("a time-out while a lane works is 503, and the late reply is dropped") {
    Talk talk;
    talk.say(kLane);
    (*talk).time_out(talk.now);
    CHECK(talk.heard().starts_with("HTTP/1.1 503 "));
    (*talk).reply(talk.desk.tickets.at(0), text("late"), talk.now);
    CHECK(talk.heard().empty());
    CHECK(talk.say(kGet) == Wants::bytes);
}

TEST_CASE("a time-out in a head or a body is 408 and the end") {
    for (const std::string part :
         {"GET /hel", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"}) {
        Talk talk;
        talk.say(part);
        (*talk).time_out(talk.now);
        CHECK(talk.heard().starts_with("HTTP/1.1 408 "));
        CHECK(talk.say("") == Wants::end);
    }
}

TEST_CASE("deadlines count from the first byte of the request, whatever comes after it") {
    Talk talk;
    const Limits limits;
    const auto begin = talk.now;
    CHECK((*talk).phase() == Phase::idle);
    talk.say("P");
    CHECK((*talk).phase() == Phase::head);
    CHECK((*talk).deadline() == begin + limits.head_deadline);
    talk.now += 3s;
    talk.say("OST /echo HTTP/1.1\r\nHost: a\r\nContent-Le");
    CHECK((*talk).deadline() == begin + limits.head_deadline);
    talk.say("ngth: 3\r\n\r\na");
    CHECK((*talk).phase() == Phase::body);
    CHECK((*talk).deadline() == begin + limits.request_deadline);
    talk.now += 3s;
    talk.say("bc");
    CHECK((*talk).phase() == Phase::idle);
    CHECK((*talk).deadline() == talk.now + limits.idle_deadline);
}

TEST_CASE("a conversation told to finish ends when idle, and with its answer when busy") {
    Talk idle;
    (*idle).finish_soon();
    CHECK(idle.say("") == Wants::end);
    CHECK((*idle).abrupt());

    Talk busy;
    busy.say(kLane + kGet);
    (*busy).finish_soon();
    (*busy).reply(busy.desk.tickets.at(0), text("last"), busy.now);
    CHECK(busy.say("") == Wants::end);
    CHECK_FALSE((*busy).abrupt());
    CHECK(count(busy.heard(), "Connection: close\r\n") == 1);
}

TEST_CASE("a large body is counted while it is held, and no longer") {
    Talk talk;
    const std::string head =
        "POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(100'000) +
        "\r\n\r\n";
    talk.say(head + std::string(60'000, 'x'));
    CHECK(talk.counted_body_bytes() >= 60'000);
    CHECK(talk.say(std::string(40'000, 'x')) == Wants::bytes);
    CHECK(talk.heard().ends_with("100000"));
    CHECK(talk.counted_body_bytes() == 0);

    talk.say(head + std::string(60'000, 'x'));
    (*talk).time_out(talk.now);
    CHECK(talk.counted_body_bytes() == 0);
}

TEST_CASE("a body that went to a lane is counted until the lane lets go of it") {
    Talk talk;
    talk.say("POST /keep HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" +
             std::string(100'000, 'x'));
    (*talk).reply(talk.desk.tickets.at(0), text("done"), talk.now);
    CHECK(talk.counted_body_bytes() >= 100'000);
    talk.kept.reset();
    CHECK(talk.counted_body_bytes() == 0);
}

TEST_CASE("a body beyond what all connections may hold is 503 and the end, in either framing") {
    Limits limits;
    limits.body_bytes_total_max = 50'000;
    for (const std::string framing :
         {"Content-Length: 100000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n186a0\r\n"}) {
        Talk talk(limits);
        const std::string head = "POST /large HTTP/1.1\r\nHost: a\r\n" + framing;
        CHECK(talk.say(head + std::string(100'000, 'x')) == Wants::end);
        const std::string wire = talk.heard();
        CHECK(wire.starts_with("HTTP/1.1 503 "));
        CHECK(wire.find("\"code\":\"overloaded\"") != std::string::npos);
        CHECK(count(wire, "Connection: close\r\n") == 1);
        CHECK(talk.counted_body_bytes() == 0);
    }
}

TEST_CASE("small bodies are taken even when large ones have used up the memory") {
    Limits limits;
    limits.body_bytes_total_max = 0;
    Talk talk(limits);
    talk.say("POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: 8000\r\n\r\n" +
             std::string(8000, 'x'));
    CHECK(talk.heard().starts_with("HTTP/1.1 200 "));
}

TEST_CASE("100 Continue is sent only when the body is not there yet and would be taken") {
    const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n";
    Talk waiting;
    waiting.say(head + "Content-Length: 3\r\n\r\n");
    CHECK(waiting.heard() == "HTTP/1.1 100 Continue\r\n\r\n");
    Talk eager;
    eager.say(head + "Content-Length: 3\r\n\r\nabc");
    CHECK(eager.heard().starts_with("HTTP/1.1 200 "));
    Talk greedy;
    greedy.say(head + "Content-Length: 101\r\n\r\n");
    CHECK(greedy.heard().starts_with("HTTP/1.1 413 "));
}
