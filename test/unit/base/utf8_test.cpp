#include "base/utf8.hpp"

#include <doctest/doctest.h>

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
