#include "http/body.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace signet::http;

namespace {

using State = ChunkedBody::State;

struct Decoded {
    State state;
    std::string body;
    std::string rest;
    RequestError error;
};

// At once, or one byte at a time.
Decoded decode(std::string_view wire, std::size_t max = 1024, bool slowly = false) {
    ChunkedBody chunks(max);
    Decoded out{State::more, {}, {}, RequestError::bad_chunk};
    while (!wire.empty() && out.state == State::more) {
        std::string_view piece = wire.substr(0, slowly ? 1 : wire.size());
        const std::size_t size = piece.size();
        out.state = chunks.feed(piece, out.body);
        wire.remove_prefix(size - piece.size());
    }
    out.rest = wire;
    out.error = chunks.error();
    return out;
}

void check_refused(std::string_view wire, RequestError error = RequestError::bad_chunk) {
    CAPTURE(wire);
    CHECK(decode(wire).state == State::refused);
    CHECK(decode(wire).error == error);
    CHECK(decode(wire, 1024, true).state == State::refused);
}

}  // namespace

TEST_CASE("chunks are put together, and what follows them is left") {
    const Decoded out = decode("3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\nGET /");
    CHECK(out.state == State::complete);
    CHECK(out.body == "abc0123456789");
    CHECK(out.rest == "GET /");
}

TEST_CASE("chunks that come byte by byte decode to the same") {
    const Decoded out = decode("3\r\nabc\r\na\r\n0123456789\r\n0\r\n\r\nGET /", 1024, true);
    CHECK(out.state == State::complete);
    CHECK(out.body == "abc0123456789");
    CHECK(out.rest == "GET /");
}

TEST_CASE("chunk data may hold CRLF and NUL") {
    CHECK(decode(std::string_view("4\r\n\r\n\0\n\r\n0\r\n\r\n", 14)).body ==
          std::string("\r\n\0\n", 4));
}

TEST_CASE("a body of no bytes is one last chunk") {
    const Decoded out = decode("0\r\n\r\n");
    CHECK(out.state == State::complete);
    CHECK(out.body.empty());
}

TEST_CASE("a chunked body without its end asks for more") {
    CHECK(decode("3\r\nabc\r\n0\r\n").state == State::more);
}

TEST_CASE("a chunk size of 16 digits is taken, and of 17 refused") {
    CHECK(decode("0000000000000001\r\na\r\n0\r\n\r\n").body == "a");
    check_refused("00000000000000001\r\na\r\n0\r\n\r\n");
}

TEST_CASE("a chunk size that is no hex number is refused") {
    for (const std::string_view size : {"", "g", "-1", "+1", "0x1", " 1", "1 ", "1\t"}) {
        check_refused(std::string(size) + "\r\na\r\n0\r\n\r\n");
    }
}

TEST_CASE("a chunk extension is refused at its first byte") {
    check_refused("1;");
    check_refused("1 ;a=b\r\na\r\n0\r\n\r\n");
    check_refused("0;a\r\n\r\n");
}

TEST_CASE("a trailer is refused at its first byte") {
    check_refused("0\r\nA");
    check_refused("0\r\n\n");
}

TEST_CASE("a bare LF or CR is refused wherever CRLF belongs") {
    check_refused("1\na\r\n0\r\n\r\n");
    check_refused("1\r\na\n0\r\n\r\n");
    check_refused("1\r\na\r0\r\n\r\n");
    check_refused("1\ra\r\n0\r\n\r\n");
    check_refused("0\r\n\rX");
}

TEST_CASE("a chunk that is longer or shorter than it says is refused") {
    check_refused("1\r\nab\r\n0\r\n\r\n");
    check_refused("3\r\nab\r\n0\r\n\r\n");
}

TEST_CASE("a chunk that would pass the limit is refused by its size, before its data") {
    CHECK(decode("400\r\n").state == State::more);
    check_refused("401\r\n", RequestError::body_too_large);
    check_refused("ffffffffffffffff\r\n", RequestError::body_too_large);
}

TEST_CASE("chunks that pass the limit together are refused") {
    std::string wire;
    for (int i = 0; i < 1025; ++i) {
        wire += "1\r\na\r\n";
    }
    check_refused(wire, RequestError::body_too_large);
}

TEST_CASE("append_wiping appends like append, across growth") {
    std::string text;
    std::string expected;
    for (int i = 0; i < 200; ++i) {
        append_wiping(text, "piece");
        expected += "piece";
    }
    CHECK(text == expected);
}
