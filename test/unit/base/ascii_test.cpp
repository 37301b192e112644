#include "base/ascii.hpp"

#include <doctest/doctest.h>

namespace signet {
namespace {

TEST_CASE("only the letters of ASCII have a lower case") {
    CHECK(to_lower("AZaz09@[`{") == "azaz09@[`{");
    CHECK(to_lower("\xC3\x89\xE9") == "\xC3\x89\xE9");
}

TEST_CASE("texts are equal without regard to the case of ASCII letters, and of nothing else") {
    CHECK(equal_ignoring_case("Content-Type", "cONTENT-tYPE"));
    CHECK(equal_ignoring_case("", ""));
    CHECK_FALSE(equal_ignoring_case("a", "ab"));
    CHECK_FALSE(equal_ignoring_case("@", "`"));
    CHECK_FALSE(equal_ignoring_case("\xC3\x89", "\xC3\xA9"));
}

TEST_CASE("letters and digits are those of ASCII") {
    int letters = 0;
    int digits = 0;
    int hex_digits = 0;
    int alphanumerics = 0;
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        letters += is_letter(c) ? 1 : 0;
        digits += is_digit(c) ? 1 : 0;
        hex_digits += is_hex_digit(c) ? 1 : 0;
        alphanumerics += is_alphanumeric(c) ? 1 : 0;
    }
    CHECK(letters == 52);
    CHECK(digits == 10);
    CHECK(hex_digits == 22);
    CHECK(alphanumerics == 62);
}

}  // namespace
}  // namespace signet
