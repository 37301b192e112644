#include "support/raw_client.hpp"
#include "support/toy_server.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace signet::test;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

const std::string kGet = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

std::string post(const std::string& path, const std::string& headers) {
    return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + headers +
           "\r\n";
}

// The one answer's status to bytes that the server ends the connection for; 0: none came.
int status_of(ToyServer& toy, const std::string& bytes) {
    const auto answers = split_answers(ask(toy.port(), bytes));
    CHECK(answers.size() <= 1);
    return answers.empty() ? 0 : answers[0].status;
}

// Resident memory of this process, which the server runs in.
long resident_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        if (word == "VmRSS:") {
            long kib = 0;
            status >> kib;
            return kib;
        }
    }
    return 0;
}

// Sends one byte at a time, faster than any deadline of a single byte could notice, until the
// server hangs up.
std::string drip(RawClient& client, char c) {
    for (int i = 0; i < 200 && client.send(std::string(1, c)); ++i) {
        std::this_thread::sleep_for(10ms);
        if (client.closed(0ms)) {
            break;
        }
    }
    return client.read_all();
}

// Limits with so many connections, which may be silent for longer than a test takes.
signet::http::Limits with_connections(std::size_t max) {
    auto limits = ToyServer::quick_limits();
    limits.connections_max = max;
    limits.first_request_deadline = 5s;
    limits.idle_deadline = 5s;
    limits.request_deadline = 5s;
    limits.write_deadline = 5s;
    return limits;
}

bool answers(RawClient& client) {
    client.send(kGet);
    const auto answer = client.read_answer();
    return answer && answer->status == 200;
}

}  // namespace

TEST_CASE("a slow head is 408 when its deadline has passed, however steadily it drips") {
    ToyServer toy;
    RawClient client(toy.port());
    client.send("GET /hello HTTP/1.1\r\nHost: a\r\nX: ");
    const auto begin = steady_clock::now();
    const std::string wire = drip(client, 'a');
    CHECK(wire.starts_with("HTTP/1.1 408 "));
    CHECK(steady_clock::now() - begin < 1s);
    CHECK(toy.handled() == 0);
}

TEST_CASE("a slow body is 408 when the request's deadline has passed") {
    ToyServer toy;
    RawClient client(toy.port());
    client.send(post("/echo", "Content-Length: 1000\r\n"));
    const auto begin = steady_clock::now();
    const std::string wire = drip(client, 'a');
    CHECK(wire.starts_with("HTTP/1.1 408 "));
    CHECK(steady_clock::now() - begin >= 300ms);
    CHECK(toy.handled() == 0);
}

TEST_CASE("an idle connection is closed without a word") {
    ToyServer toy;
    RawClient fresh(toy.port());
    RawClient used(toy.port());
    used.send(kGet);
    CHECK(used.read_answer());
    CHECK(fresh.read_all().empty());
    CHECK(used.read_all().empty());
    CHECK(toy.empties());
}

TEST_CASE("a reader that stops reading is cut off, and nothing of it is kept") {
    ToyServer toy;
    RawClient client(toy.port(), "127.0.0.1", 4096);
    client.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(toy.empties());
}

TEST_CASE("a body that stops short is no request") {
    ToyServer toy;
    RawClient client(toy.port());
    client.send(post("/echo", "Content-Length: 10\r\n") + "{}");
    client.finish_sending();
    CHECK(client.read_all().empty());
    CHECK(toy.handled() == 0);
    CHECK(toy.empties());
}

TEST_CASE("a head larger than the limit is 431") {
    ToyServer toy;
    CHECK(status_of(toy, "GET /hello HTTP/1.1\r\nHost: a\r\nX: " + std::string(40'000, 'a') +
                             "\r\n\r\n") == 431);
}

TEST_CASE("more header lines than the limit are 431") {
    ToyServer toy;
    std::string head = "GET /hello HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < 1000; ++i) {
        head += "a:\r\n";
    }
    CHECK(status_of(toy, head + "\r\n") == 431);
}

TEST_CASE("200 header lines and 32 KiB of head are taken, bytes above ASCII among them") {
    ToyServer toy;
    std::string lines = "GET /hello HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < 199; ++i) {
        lines += "X-City: Z\xc3\xbcrich \xff\r\n";
    }
    CHECK(status_of(toy, lines + "\r\n") == 200);
    CHECK(status_of(toy, lines + "One: more\r\n\r\n") == 431);
    const std::string head = "GET /hello HTTP/1.1\r\nHost: a\r\nCookie: ";
    CHECK(status_of(toy, head + std::string(32 * 1024 - head.size() - 4, '\xe9') + "\r\n\r\n") ==
          200);
}

TEST_CASE("a target of 9 KiB is 414") {
    ToyServer toy;
    CHECK(status_of(toy, "GET /" + std::string(9 * 1024, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n") ==
          414);
}

TEST_CASE("a body larger than its row takes is 413 before it is read") {
    ToyServer toy;
    CHECK(status_of(toy, post("/echo", "Content-Length: 16385\r\n")) == 413);
}

TEST_CASE("a chunked body that grows beyond its row is 413") {
    ToyServer toy;
    std::string bytes = post("/echo", "Transfer-Encoding: chunked\r\n");
    for (int i = 0; i < 17'000; ++i) {
        bytes += "1\r\n \r\n";
    }
    CHECK(status_of(toy, bytes) == 413);
    CHECK(toy.handled() == 0);
}

TEST_CASE("a body that nobody wants is drained up to 16 KiB, and 413 beyond") {
    ToyServer toy;
    RawClient client(toy.port());
    client.send("GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 16384\r\n\r\n" +
                std::string(16384, 'x') + kGet);
    CHECK(client.read_answer()->status == 200);
    CHECK(client.read_answer()->status == 200);
    CHECK(status_of(toy, "GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 16385\r\n\r\n") == 413);
}

TEST_CASE("a body of 1 MiB is taken where a row takes it") {
    ToyServer toy;
    for (const bool chunked : {false, true}) {
        const std::string body(1024 * 1024, 'x');
        RawClient client(toy.port());
        client.send(
            chunked ? "POST /large HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "100000\r\n" +
                          body + "\r\n0\r\n\r\n"
                    : "POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n" + body);
        CHECK(client.read_answer()->body == "1048576");
    }
}

TEST_CASE("an endless chunk extension ends the connection and costs no memory") {
    ToyServer toy;
    RawClient client(toy.port());
    const long before = resident_kib();
    client.send(post("/echo", "Transfer-Encoding: chunked\r\n") + "2;");
    const std::string piece(64 * 1024, 'a');
    int pieces = 0;
    while (pieces < 1000 && client.send(piece)) {
        ++pieces;
    }
    CHECK(pieces < 1000);
    CHECK(resident_kib() - before < 4 * 1024);
    CHECK(toy.handled() == 0);
}

TEST_CASE("a TLS ClientHello is closed at once without an answer") {
    ToyServer toy;
    const auto begin = steady_clock::now();
    CHECK(ask(toy.port(), std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)).empty());
    CHECK(steady_clock::now() - begin < 250ms);
}

TEST_CASE("Content-Encoding on a body is 415") {
    ToyServer toy;
    CHECK(status_of(toy, post("/echo", "Content-Encoding: gzip\r\nContent-Length: 2\r\n") + "{}") ==
          415);
}

TEST_CASE("a JSON row refuses a body of another type, or of none") {
    ToyServer toy;
    const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n";
    CHECK(status_of(toy, head + "Content-Type: text/plain\r\n\r\n{}") == 415);
    CHECK(status_of(toy, head + "\r\n{}") == 415);
}

TEST_CASE("an expectation that is not 100-continue is 417") {
    ToyServer toy;
    CHECK(status_of(toy, post("/echo", "Expect: foo\r\nContent-Length: 2\r\n")) == 417);
}

TEST_CASE("1000 connections that are reset leave nothing behind") {
    ToyServer toy(ToyServer::quick_limits(), 2);
    for (int i = 0; i < 1000; ++i) {
        RawClient client(toy.port());
        client.send(i % 3 == 0 ? "GET /big HTTP/1.1\r\nHost: a\r\n\r\n" : kGet);
        client.reset();
    }
    CHECK(toy.empties());
    RawClient client(toy.port());
    client.send(kGet);
    CHECK(client.read_answer()->status == 200);
}

TEST_CASE("when connections get scarce, the one that has been idle longest makes room") {
    ToyServer toy(with_connections(4));
    RawClient first(toy.port());
    RawClient second(toy.port());
    RawClient third(toy.port());
    for (RawClient* const client : {&first, &second, &third, &first}) {
        CHECK(answers(*client));
    }
    RawClient fourth(toy.port());
    CHECK(answers(fourth));
    CHECK(second.closed(200ms));
    for (RawClient* const client : {&first, &third, &fourth}) {
        CHECK(answers(*client));
    }
}

TEST_CASE("pieces of a request hold a connection no longer than silence does") {
    auto limits = with_connections(3);
    limits.head_deadline = 5s;
    ToyServer toy(limits);
    for (const char* const piece : {"", "GET /hel",
                                    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: "
                                    "application/json\r\nContent-Length: 9\r\n\r\n{"}) {
        CAPTURE(piece);
        REQUIRE(toy.empties());
        RawClient slow(toy.port());
        slow.send(piece);
        RawClient other(toy.port());
        CHECK(answers(other));
        slow.send("x");
        CHECK(answers(other));
        RawClient third(toy.port());
        CHECK(answers(third));
        CHECK(slow.closed(200ms));
        CHECK(answers(other));
    }
}

TEST_CASE("a connection whose client does not read makes room for others") {
    ToyServer toy(with_connections(3));
    RawClient deaf(toy.port(), "127.0.0.1", 4096);
    deaf.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    std::this_thread::sleep_for(50ms);
    RawClient second(toy.port());
    CHECK(answers(second));
    RawClient third(toy.port());
    CHECK(answers(third));
    CHECK(answers(second));
    CHECK(deaf.read_all(1s).size() < std::size_t{4} * 1024 * 1024);
}

TEST_CASE("a connection whose request is being dealt with is not closed to make room") {
    ToyServer toy(with_connections(3));
    RawClient busy(toy.port());
    busy.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
    RawClient idle(toy.port());
    CHECK(answers(idle));
    RawClient third(toy.port());
    CHECK(answers(third));
    CHECK(idle.closed(200ms));
    CHECK(toy.release_held() == 1);
    CHECK(busy.read_answer()->status == 200);
}

TEST_CASE("room is made on another thread where a thread has only busy connections") {
    ToyServer toy(with_connections(3), 2);
    RawClient busy(toy.port());
    busy.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
    RawClient idle(toy.port());
    CHECK(answers(idle));
    RawClient third(toy.port());
    CHECK(idle.closed(200ms));
    CHECK(answers(third));
    CHECK(toy.release_held() == 1);
}

TEST_CASE("while all connections are busy, one beyond the bound is closed at once") {
    ToyServer toy(with_connections(2));
    {
        RawClient first(toy.port());
        first.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
        RawClient second(toy.port());
        second.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
        std::this_thread::sleep_for(50ms);
        RawClient third(toy.port());
        CHECK(third.closed(200ms));
        CHECK(toy.server().connections() == 2);
        CHECK(toy.release_held() == 2);
    }
    CHECK(toy.empties());
    RawClient fourth(toy.port());
    CHECK(answers(fourth));
}

TEST_CASE("a client has a bound of its own, and gets its room back; a trusted proxy has none") {
    auto limits = with_connections(100);
    limits.connections_per_client_max = 2;
    ToyServer toy(limits);
    RawClient first(toy.port());
    {
        RawClient second(toy.port());
        CHECK(answers(first));
        CHECK(answers(second));
        RawClient third(toy.port());
        CHECK(third.closed(200ms));
    }
    for (int i = 0; i < 100 && toy.server().connections() > 1; ++i) {
        std::this_thread::sleep_for(10ms);
    }
    RawClient fourth(toy.port());
    CHECK(answers(fourth));

    ToyServer behind(limits, 1, "127.0.0.1", {*signet::IpNetwork::from("127.0.0.1")});
    std::vector<std::unique_ptr<RawClient>> proxy;
    for (int i = 0; i < 10; ++i) {
        proxy.push_back(std::make_unique<RawClient>(behind.port()));
        CHECK(answers(*proxy.back()));
    }
}

TEST_CASE("a pipeline whose answers nobody reads is not worked ahead without a bound") {
    auto limits = ToyServer::quick_limits();
    limits.write_deadline = 5s;
    ToyServer toy(limits);
    RawClient client(toy.port(), "127.0.0.1", 4096);
    const long before = resident_kib();
    for (int i = 0; i < 20; ++i) {
        client.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    std::this_thread::sleep_for(200ms);
    // Twenty answers of 4 MiB; under ASan freed memory is kept for a while.
    CHECK(resident_kib() - before < 40 * 1024);
}
