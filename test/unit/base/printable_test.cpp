#include "base/printable.hpp"

#include <doctest/doctest.h>

#include <string>

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
