#include "base/utf8.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>

using namespace std::string_view_literals;

namespace signet {
namespace {

TEST_CASE("a code point is decoded with its length, whatever comes behind it") {
    const std::pair<std::string_view, CodePoint> cases[]{
        {"a\xFF"sv, {'a', 1}},
        {"\0"sv, {0, 1}},
        {"\xC2\x80z"sv, {0x80, 2}},
        {"\xDF\xBF"sv, {0x7FF, 2}},
        {"\xE0\xA0\x80"sv, {0x800, 3}},
        {"\xED\x9F\xBF"sv, {0xD7FF, 3}},
        {"\xEE\x80\x80"sv, {0xE000, 3}},
        {"\xF0\x90\x80\x80"sv, {0x10000, 4}},
        {"\xF4\x8F\xBF\xBF"sv, {0x10FFFF, 4}},
    };
    for (const auto& [bytes, wanted] : cases) {
        CAPTURE(wanted.value);
        CHECK(decode_utf8(bytes).value == wanted.value);
        CHECK(decode_utf8(bytes).length == wanted.length);
    }
}

TEST_CASE("stray, cut, overlong, surrogate and too large sequences have the length 0") {
    for (const auto bytes : {"\x80"sv, "\xC1\xBF"sv, "\xC2"sv, "\xC2z"sv, "\xE0\x9F\xBF"sv,
                             "\xE2\x82"sv, "\xED\xA0\x80"sv, "\xF0\x8F\xBF\xBF"sv, "\xF0\x90\x80"sv,
                             "\xF4\x90\x80\x80"sv, "\xF5\x80\x80\x80"sv, "\xFF"sv}) {
        CHECK(decode_utf8(bytes).length == 0);
    }
}

}  // namespace
}  // namespace signet

using signet::to_printable;
using signet::to_valid_utf8;

TEST_CASE("valid UTF-8 passes unchanged") {
    const std::string text = "a\n\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF";
    CHECK(to_valid_utf8(text, 100) == text);
}

TEST_CASE("overlong forms, surrogates, stray and cut-off bytes are replaced") {
    const std::string mark = "\xEF\xBF\xBD";
    CHECK(to_valid_utf8("\xC0\x80", 100) == mark + mark);
    CHECK(to_valid_utf8("\xE0\x80\xAF", 100) == mark + mark + mark);
    CHECK(to_valid_utf8("\xED\xA0\x80", 100) == mark + mark + mark);
    CHECK(to_valid_utf8("\xF4\x90\x80\x80", 100) == mark + mark + mark + mark);
    CHECK(to_valid_utf8("a\x80", 100) == "a" + mark);
    CHECK(to_valid_utf8("a\xE2\x82", 100) == "a" + mark + mark);
}

TEST_CASE("a C1 control is replaced, and a C0 control is left to the writer that escapes") {
    CHECK(to_valid_utf8("\xC2\x9B", 100) == "\xEF\xBF\xBD");
    CHECK(to_valid_utf8("\x1b", 100) == "\x1b");
}

TEST_CASE("printable text has no control, no line break of any kind and no turned direction") {
    const std::string mark = "\xEF\xBF\xBD";
    CHECK(to_printable("a\x1b[1m", 100) == "a" + mark + "[1m");
    CHECK(to_printable("a\r\n\x7F", 100) == "a" + mark + mark + mark);
    CHECK(to_printable("\xE2\x80\xA8\xE2\x80\xAE\xE2\x81\xA6", 100) == mark + mark + mark);
}
