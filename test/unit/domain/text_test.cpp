#include <signet/domain/text.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using signet::Text;
using signet::trim_white_space;
using namespace std::string_view_literals;

TEST_CASE("text keeps valid UTF-8 as it is") {
    for (const auto bytes :
         {""sv, "plain"sv, "\u00e9"sv, "\u0800\uffff"sv, "\U00010000\U0010ffff"sv, "\ud7ff\ue000"sv,
          "line\nfeed"sv, "\u007f\u0080\u07ff"sv}) {
        const auto text = Text::from(bytes);
        REQUIRE(text.has_value());
        CHECK(text->view() == bytes);
    }
}

TEST_CASE("text refuses a NUL anywhere, because libpq would end there") {
    CHECK_FALSE(Text::from("admin\0evil"sv).has_value());
    CHECK_FALSE(Text::from("\0"sv).has_value());
    CHECK_FALSE(Text::from("end\0"sv).has_value());
}

TEST_CASE("text refuses bytes that are no UTF-8") {
    for (const auto bytes :
         {"\xff"sv, "\xfe"sv, "\x80"sv, "a\xbf"sv, "\xc3"sv, "\xe2\x82"sv, "\xf0\x9f\x98"sv,
          "\xc3("sv, "\xe2(\xa1"sv, "\xe2\x82("sv, "\xf0\x9f\x98("sv, "\xf0\x9f(\x80"sv})
        CHECK_FALSE(Text::from(bytes).has_value());
}

TEST_CASE("text refuses overlong forms") {
    for (const auto bytes : {"\xc0\x80"sv, "\xc0\xaf"sv, "\xc1\xbf"sv, "\xe0\x80\x80"sv,
                             "\xe0\x9f\xbf"sv, "\xf0\x80\x80\x80"sv, "\xf0\x8f\xbf\xbf"sv})
        CHECK_FALSE(Text::from(bytes).has_value());
}

TEST_CASE("text refuses surrogates and what lies past U+10FFFF") {
    for (const auto bytes : {"\xed\xa0\x80"sv, "\xed\xbf\xbf"sv, "\xed\xa0\xbd\xed\xb8\x80"sv,
                             "\xf4\x90\x80\x80"sv, "\xf5\x80\x80\x80"sv, "\xf8\x88\x80\x80\x80"sv})
        CHECK_FALSE(Text::from(bytes).has_value());
}

TEST_CASE("code points are counted, not bytes") {
    CHECK(signet::count_code_points("") == 0);
    CHECK(signet::count_code_points("abc") == 3);
    CHECK(signet::count_code_points("\u00e9\u20ac\U0001f600") == 3);
    CHECK(signet::count_code_points("e\u0301") == 2);
    CHECK(signet::count_code_points("\xff\x80\x80") == 1);
}

TEST_CASE("control characters are C0, DEL and C1") {
    CHECK(signet::has_control_character("a\tb"));
    CHECK(signet::has_control_character("a\x1b"));
    CHECK(signet::has_control_character("\x7f"));
    CHECK(signet::has_control_character("\0"sv));
    CHECK(signet::has_control_character("a\u0085b"));
    CHECK(signet::has_control_character("\u009f"));
    CHECK_FALSE(signet::has_control_character("a b~\u00a0\u00e9\u0105"));
    CHECK_FALSE(signet::has_control_character(""));
}

TEST_CASE("white space at both ends is cut, of whatever kind, and in between it stays") {
    CHECK(trim_white_space(" a b\t\r\n") == "a b");
    CHECK(trim_white_space("\xc2\xa0"
                           "a"
                           "\xe3\x80\x80") == "a");
    CHECK(trim_white_space("\xe2\x80\x89"
                           "\xc3\xbc"
                           "\xe2\x80\xa8") == "\xc3\xbc");
    CHECK(trim_white_space(" \xe1\x9a\x80 ").empty());
    CHECK(trim_white_space("").empty());
    CHECK(trim_white_space("\xc2 ") == "\xc2");
}
