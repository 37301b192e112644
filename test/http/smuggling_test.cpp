#include "support/raw_client.hpp"
#include "support/toy_server.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace signet::test;

namespace {

// What a smuggler hides behind the bad request: it must never be answered.
const std::string kHidden = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

std::string post(const std::string& headers) {
    return "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + headers +
           "\r\n";
}

// Exactly one answer, with this status, and then the end.
void check_one_answer(const std::string& bytes, int status) {
    CAPTURE(bytes);
    ToyServer toy;
    const auto answers = split_answers(ask(toy.port(), bytes + kHidden));
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].status == status);
    CHECK(answers[0].header("connection") == "close");
    CHECK(answers[0].header("content-type") == "application/problem+json");
    CHECK(toy.handled() == 0);
}

}  // namespace

TEST_CASE("Content-Length beside Transfer-Encoding is one 400 and the end") {
    check_one_answer(post("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
                     400);
    check_one_answer(post("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n") + "0\r\n\r\n",
                     400);
}

TEST_CASE("an unknown transfer coding is one 501 and the end") {
    check_one_answer(post("Transfer-Encoding: xchunked\r\n"), 501);
    check_one_answer(post("Transfer-Encoding: identity\r\n"), 501);
    check_one_answer(post("Transfer-Encoding: identity\r\nContent-Length: 2\r\n") + "{}", 501);
    check_one_answer(post("Transfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n", 501);
}

TEST_CASE("chunked that is not last, or comes twice, is one 400 and the end") {
    check_one_answer(post("Transfer-Encoding: chunked, identity\r\n"), 400);
    check_one_answer(post("Transfer-Encoding: chunked, chunked\r\n"), 400);
    check_one_answer(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400);
}

TEST_CASE("a Transfer-Encoding header that is disguised is one 400 and the end") {
    check_one_answer(post("Transfer-Encoding : chunked\r\n"), 400);
    check_one_answer(post("Transfer-Encoding: \x0b"
                          "chunked\r\n"),
                     400);
    check_one_answer(post("Transfer-Encoding:\r\n chunked\r\n"), 400);
}

TEST_CASE("bytes above ASCII in what frames or routes a request are one 400 and the end") {
    for (const std::string byte : {"\x85", "\xa0", "\xc2\xa0", "\xff"}) {
        check_one_answer(post("Transfer-Encoding: " + byte + "chunked\r\n") + "0\r\n\r\n", 400);
        check_one_answer(post("Transfer-Encoding: chunked" + byte + "\r\n") + "0\r\n\r\n", 400);
        check_one_answer(post("Transfer-Encoding" + byte + ": chunked\r\n") + "0\r\n\r\n", 400);
        check_one_answer(post("Content-Length: 2" + byte + "\r\n") + "{}", 400);
        check_one_answer(post("Content-Length: " + byte + "2\r\n") + "{}", 400);
        check_one_answer(post("Connection: close" + byte + "\r\nContent-Length: 2\r\n") + "{}",
                         400);
        check_one_answer("GET /hello HTTP/1.1\r\nHost: a" + byte + "\r\n\r\n", 400);
        check_one_answer("GET /hello" + byte + " HTTP/1.1\r\nHost: a\r\n\r\n", 400);
        check_one_answer("GET /hello HTTP/1.1" + byte + "\r\nHost: a\r\n\r\n", 400);
    }
}

TEST_CASE("Transfer-Encoding in HTTP/1.0 is one 400 and the end") {
    check_one_answer("POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
}

TEST_CASE("Content-Length that is given twice or is no plain number is one 400") {
    for (const std::string length : {"2\r\nContent-Length: 3", "2\r\nContent-Length: 2", "2, 2",
                                     "+1", "-1", "0x2", "", "2 2", "02", "18446744073709551616",
                                     "18446744073709551615", "1000000000000000000000000000000"}) {
        check_one_answer(post("Content-Length: " + length + "\r\n") + "{}", 400);
    }
}

TEST_CASE("a chunk that is longer or shorter than its size is one 400") {
    check_one_answer(post("Transfer-Encoding: chunked\r\n") + "2\r\n{} \r\n0\r\n\r\n", 400);
    check_one_answer(post("Transfer-Encoding: chunked\r\n") + "3\r\n{}\r\n0\r\n\r\n", 400);
}

TEST_CASE("a chunk line that ends with a bare LF is one 400") {
    check_one_answer(post("Transfer-Encoding: chunked\r\n") + "2\n{}\r\n0\r\n\r\n", 400);
}

TEST_CASE("a chunk extension is one 400, well-formed or not") {
    check_one_answer(post("Transfer-Encoding: chunked\r\n") + "2;a=b\r\n{}\r\n0\r\n\r\n", 400);
    check_one_answer(post("Transfer-Encoding: chunked\r\n") + "2;a=\"\r\n{}\r\n0\r\n\r\n", 400);
}

TEST_CASE("a trailer of 100 kB is one 400, and the server lives") {
    ToyServer toy;
    const std::string kill = post("Transfer-Encoding: chunked\r\n") +
                             "2\r\n{}\r\n0\r\nX: " + std::string(100'000, 'a') + "\r\n\r\n";
    const auto answers = split_answers(ask(toy.port(), kill));
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].status == 400);
    CHECK(split_answers(ask(toy.port(), "GET /hello HTTP/1.0\r\n\r\n")).size() == 1);
    CHECK(toy.handled() == 1);
}

TEST_CASE("a trailer that looks like a header is one 400 and reaches no handler") {
    for (const std::string trailer :
         {"Authorization: Bearer x", "Host: b", "X-Hasura-Role: admin", "Content-Length: 3"}) {
        check_one_answer(
            post("Transfer-Encoding: chunked\r\n") + "2\r\n{}\r\n0\r\n" + trailer + "\r\n\r\n",
            400);
    }
}

TEST_CASE("a target on another host is one 400") {
    check_one_answer("GET http://other/hello HTTP/1.1\r\nHost: a\r\n\r\n", 400);
}

TEST_CASE("the preface of HTTP/2 is one 505 and the end") {
    check_one_answer("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
}

TEST_CASE("a bad request behind a good one leaves the good one its answer") {
    ToyServer toy;
    const auto answers =
        split_answers(ask(toy.port(), kHidden + post("Transfer-Encoding: xchunked\r\n") + kHidden));
    REQUIRE(answers.size() == 2);
    CHECK(answers[0].status == 200);
    CHECK(answers[1].status == 501);
    CHECK(toy.handled() == 1);
}
