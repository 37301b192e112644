#include "base/secret.hpp"

#include "support/dead_stack.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <utility>

using signet::test::count_on_stack;
using signet::test::leave_on_stack;

TEST_CASE("what functions that have returned left on the stack is wiped") {
    std::size_t before = 0;
    std::size_t after = 1;
    std::thread([&] {
        leave_on_stack();
        before = count_on_stack();
        signet::wipe_dead_stack();
        after = count_on_stack();
    }).join();
    CHECK(before > 1000);
    CHECK(after == 0);
}

TEST_CASE("equal secrets are equal, and no others") {
    CHECK(signet::equal_in_constant_time("", ""));
    CHECK(signet::equal_in_constant_time("secret", "secret"));
    CHECK_FALSE(signet::equal_in_constant_time("secret", "Secret"));
    CHECK_FALSE(signet::equal_in_constant_time("secret", "secre"));
    CHECK_FALSE(signet::equal_in_constant_time("secret", ""));
    CHECK_FALSE(signet::equal_in_constant_time("", "secret"));
}

TEST_CASE("secrets that differ after a NUL are not equal") {
    CHECK_FALSE(signet::equal_in_constant_time({"a\0b", 3}, {"a\0c", 3}));
    CHECK(signet::equal_in_constant_time({"a\0b", 3}, {"a\0b", 3}));
}

TEST_CASE("a wiped string is empty, and its bytes are gone") {
    std::string text = "a text that is too long for the small-string buffer";
    const std::size_t size = text.size();
    const char* bytes = text.data();
    signet::wipe(text);
    CHECK(text.empty());
    REQUIRE(text.capacity() >= size);
    REQUIRE(text.data() == bytes);
    text.resize(size);
    // resize() wrote zeros itself; what lies behind the old end was wiped with the rest.
    text.resize(text.capacity());
    CHECK(text.find_first_not_of('\0') == std::string::npos);
}

TEST_CASE("raw memory is overwritten") {
    unsigned char bytes[16];
    for (unsigned char& byte : bytes) {
        byte = 0x5A;
    }
    signet::wipe(bytes, sizeof bytes);
    for (const unsigned char byte : bytes) {
        CHECK(byte == 0);
    }
}

TEST_CASE("a guarded string is wiped when the scope ends") {
    std::string text = "secret";
    {
        const signet::WipeOnExit guard(text);
    }
    CHECK(text.empty());
}

TEST_CASE("a text that wipes itself leaves nothing where it was, moved, assigned or gone") {
    using signet::WipedText;
    for (const std::size_t size : {std::size_t{9}, std::size_t{900}}) {
        CAPTURE(size);
        const std::string secret(size, 'Z');
        alignas(WipedText) std::array<unsigned char, sizeof(WipedText)> place{};
        auto* const text = new (place.data()) WipedText(secret);
        WipedText moved(std::move(*text));
        CHECK(moved == secret);
        CHECK(std::ranges::count(place, 'Z') == 0);
        *text = moved;
        CHECK(*text == secret);
        *text = WipedText("other");
        CHECK(*text == "other");
        CHECK(std::ranges::count(place, 'Z') == 0);
        *text = std::move(moved);
        std::destroy_at(text);
        CHECK(std::ranges::count(place, 'Z') == 0);
    }
}
