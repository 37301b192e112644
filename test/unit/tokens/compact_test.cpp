#include "tokens/compact.hpp"

#include <doctest/doctest.h>

#include <string>

using signet::tokens::kTokenBytesMax;
using signet::tokens::split_compact;

TEST_CASE("a compact token is split into its three parts and what was signed") {
    const auto parts = split_compact("aa.bbb.c");
    REQUIRE(parts.has_value());
    CHECK(parts->header == "aa");
    CHECK(parts->payload == "bbb");
    CHECK(parts->signature == "c");
    CHECK(parts->signing_input == "aa.bbb");
    CHECK(signet::tokens::signing_input("aa", "bbb") == "aa.bbb");
}

TEST_CASE("a token of any other number of parts is refused") {
    for (const char* token : {"", "a", "a.b", "a.b.c.d", "a.b.c.d.e", ".", "..", "...", "a.b.c."}) {
        CAPTURE(token);
        const auto parts = split_compact(token);
        REQUIRE_FALSE(parts.has_value());
        CHECK(parts.error().errc == signet::Errc::invalid_token);
    }
}

TEST_CASE("a token with an empty part is refused") {
    for (const char* token : {".b.c", "a..c", "a.b."}) {
        CAPTURE(token);
        CHECK_FALSE(split_compact(token).has_value());
    }
}

TEST_CASE("a token is taken up to 8 KiB and not a byte longer") {
    const std::string start = "a.b.";
    CHECK(split_compact(start + std::string(kTokenBytesMax - start.size(), 'c')).has_value());
    CHECK_FALSE(
        split_compact(start + std::string(kTokenBytesMax - start.size() + 1, 'c')).has_value());
    CHECK_FALSE(split_compact(std::string(1024 * 1024, '.')).has_value());
}
