#include "password/normalise.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace std::string_view_literals;
using signet::normalise;
using signet::UnicodeForm;

TEST_CASE("composed and decomposed spellings become one") {
    CHECK(normalise("caf\u00e9", UnicodeForm::nfc) == "caf\u00e9");
    CHECK(normalise("cafe\u0301", UnicodeForm::nfc) == "caf\u00e9");
    CHECK(normalise("caf\u00e9", UnicodeForm::nfd) == "cafe\u0301");
    CHECK(normalise("cafe\u0301", UnicodeForm::nfd) == "cafe\u0301");
    CHECK(normalise("\uac01", UnicodeForm::nfd) == "\u1100\u1161\u11a8");
    CHECK(normalise("\u1100\u1161\u11a8", UnicodeForm::nfc) == "\uac01");
}

TEST_CASE("marks in another order become one") {
    CHECK(normalise("q\u0307\u0323", UnicodeForm::nfc) == "q\u0323\u0307");
    CHECK(normalise("q\u0323\u0307", UnicodeForm::nfc) == "q\u0323\u0307");
}

TEST_CASE("a composed character that Unicode excludes stays decomposed") {
    CHECK(normalise("\u0958", UnicodeForm::nfc) == "\u0915\u093c");
    CHECK(normalise("\u212b", UnicodeForm::nfc) == "\u00c5");
}

TEST_CASE("compatibility characters, case and spaces stay as they are") {
    for (const auto text : {"\ufb01"sv, "\uff41"sv, "\u00b2"sv, " A b "sv, "\u00df"sv,
                            "soft\u00adhyphen"sv, "zero\u200dwidth"sv, "a\u00a0b"sv})
        CHECK(normalise(text, UnicodeForm::nfc) == text);
}

TEST_CASE("unassigned code points and noncharacters are kept") {
    for (const auto text : {"\uffff"sv, "\ufdd0"sv, "\U000e0fff"sv, "\U0010ffff"sv, "\ue000"sv})
        CHECK(normalise(text, UnicodeForm::nfc) == text);
}

TEST_CASE("a NUL is a character like any other") {
    CHECK(normalise("a\0b"sv, UnicodeForm::nfc) == "a\0b"sv);
    CHECK(normalise("\u00e9\0b"sv, UnicodeForm::nfc) == "\u00e9\0b"sv);
}

TEST_CASE("bytes that are no UTF-8 have no normal form") {
    for (const auto bytes : {"\xff"sv, "\xc0\xaf"sv, "\xed\xa0\x80"sv, "\xf4\x90\x80\x80"sv,
                             "\xe2\x82"sv, "caf\xc3"sv})
        CHECK_FALSE(normalise(bytes, UnicodeForm::nfc).has_value());
}

TEST_CASE("nothing stays nothing") {
    CHECK(normalise("", UnicodeForm::nfc) == "");
}
