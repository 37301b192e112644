#include "base/secret.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>
#include <thread>

namespace {

constexpr std::uint64_t kNeedle = 0x5ec2e7c0de5ec2e7;

// Leaves the needle in half of what wipe_dead_stack() reaches, and returns.
[[gnu::noinline, gnu::no_sanitize_address]] void leave_on_stack() {
    std::array<volatile std::uint64_t, signet::kDeadStackBytes / 2 / sizeof kNeedle> dead;
    for (volatile std::uint64_t& word : dead) {
        word = kNeedle;
    }
}

// Counts the needles below the frame of the caller.
[[gnu::noinline, gnu::no_sanitize_address]] std::size_t count_on_stack() {
    const auto* frame = static_cast<const volatile std::uint64_t*>(__builtin_frame_address(0));
    std::size_t found = 0;
    for (std::size_t i = 1; i < signet::kDeadStackBytes / sizeof kNeedle; ++i) {
        found += *(frame - i) == kNeedle ? 1 : 0;
    }
    return found;
}

}  // namespace

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
