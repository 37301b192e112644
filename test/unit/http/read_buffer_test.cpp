#include "http/read_buffer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace signet::http;

namespace {

void put(ReadBuffer& buffer, std::string_view bytes) {
    const std::span<char> room = buffer.room();
    REQUIRE(room.size() >= bytes.size());
    std::copy(bytes.begin(), bytes.end(), room.begin());
    buffer.commit(bytes.size());
}

}  // namespace

TEST_CASE("the read buffer gives back what was put in, in order") {
    ReadBuffer buffer(16 * 1024);
    put(buffer, "abc");
    put(buffer, "def");
    CHECK(buffer.view() == "abcdef");
    buffer.consume(2);
    CHECK(buffer.view() == "cdef");
    buffer.consume(4);
    CHECK(buffer.empty());
}

TEST_CASE("the read buffer grows to its bound and no further") {
    ReadBuffer buffer(10'000);
    std::size_t held = 0;
    while (!buffer.room().empty()) {
        const std::size_t size = std::min<std::size_t>(buffer.room().size(), 777);
        put(buffer, std::string(size, 'x'));
        held += size;
    }
    CHECK(held == 10'000);
    CHECK(buffer.view() == std::string(10'000, 'x'));
}

TEST_CASE("the read buffer keeps what is left when it makes room") {
    ReadBuffer buffer(8 * 1024);
    put(buffer, std::string(4000, 'a') + "rest");
    buffer.consume(4000);
    put(buffer, std::string(4000, 'b'));
    CHECK(buffer.view() == "rest" + std::string(4000, 'b'));
}

TEST_CASE("the read buffer overwrites a body that is taken out of it") {
    ReadBuffer buffer(8 * 1024);
    put(buffer, "secret, and more");
    const char* const bytes = buffer.view().data();
    buffer.consume_and_wipe(6);
    CHECK(std::all_of(bytes, bytes + 6, [](char c) { return c == 0; }));
    CHECK(buffer.view() == ", and more");
}

TEST_CASE("the read buffer leaves no second copy of what it moves to the front") {
    ReadBuffer buffer(4 * 1024);
    put(buffer, std::string(3500, 'a') + "secret");
    const char* const moved_from = buffer.view().data() + 3500;
    buffer.consume(3500);
    buffer.room();
    CHECK(buffer.view() == "secret");
    CHECK(buffer.view().data() != moved_from);
    CHECK(std::all_of(moved_from, moved_from + 6, [](char c) { return c == 0; }));
}

TEST_CASE("the read buffer gives large memory back when it is empty, and works on") {
    ReadBuffer buffer(64 * 1024);
    for (int i = 0; i < 20; ++i) {
        put(buffer, std::string(1000, 'a'));
    }
    CHECK_FALSE(buffer.shrink());
    buffer.consume(20'000);
    CHECK(buffer.shrink());
    CHECK_FALSE(buffer.shrink());
    CHECK(buffer.room().size() <= 4096);
    put(buffer, "more");
    CHECK(buffer.view() == "more");
}
