#include "base/base64url.hpp"

#include <doctest/doctest.h>

#include <string>

using signet::base64url_decode;
using signet::base64url_encode;

namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

TEST_CASE("the vectors of RFC 4648 section 10 come out without padding") {
    CHECK(base64url_encode("") == "");
    CHECK(base64url_encode("f") == "Zg");
    CHECK(base64url_encode("fo") == "Zm8");
    CHECK(base64url_encode("foo") == "Zm9v");
    CHECK(base64url_encode("foob") == "Zm9vYg");
    CHECK(base64url_encode("fooba") == "Zm9vYmE");
    CHECK(base64url_encode("foobar") == "Zm9vYmFy");
    CHECK(base64url_encode("\xFB\xEF\xFF") == "--__");
}

TEST_CASE("every byte string of up to 300 bytes comes back") {
    std::string bytes;
    for (int i = 0; i < 300; ++i) {
        bytes.push_back(static_cast<char>((i * 167 + 13) & 0xFF));
        CHECK(base64url_decode(base64url_encode(bytes)) == bytes);
    }
}

TEST_CASE("of all two-character texts only the canonical ones decode") {
    int accepted = 0;
    for (const char first : kAlphabet) {
        for (const char last : kAlphabet) {
            const std::string text{first, last};
            const auto decoded = base64url_decode(text);
            if (decoded) {
                ++accepted;
                CHECK(base64url_encode(*decoded) == text);
            }
        }
    }
    CHECK(accepted == 256);
}

TEST_CASE("of all last characters of a three-character text only the canonical ones decode") {
    int accepted = 0;
    for (const char last : kAlphabet) {
        const std::string text{'A', 'A', last};
        const auto decoded = base64url_decode(text);
        if (decoded) {
            ++accepted;
            CHECK(base64url_encode(*decoded) == text);
        }
    }
    CHECK(accepted == 16);
}

TEST_CASE("every byte outside the alphabet is refused wherever it stands") {
    for (int value = 0; value < 256; ++value) {
        const char c = static_cast<char>(value);
        if (kAlphabet.find(c) != std::string_view::npos) {
            continue;
        }
        for (std::size_t place = 0; place < 4; ++place) {
            std::string text = "AAAA";
            text[place] = c;
            CHECK_FALSE(base64url_decode(text).has_value());
        }
    }
}

TEST_CASE("padding, white space and impossible lengths are refused") {
    for (const std::string_view text :
         {"Zg==", "Zm8=", "====", "=", "Zg\n", "Zg ", " Zg", "Z", "AAAAA", "Zm+v", "Zm/v"}) {
        CAPTURE(text);
        CHECK_FALSE(base64url_decode(text).has_value());
    }
}
