#include "service/refresh_token.hpp"

#include "base/base64url.hpp"
#include "base/sha256.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace signet;

namespace {

const SessionId kSession = SessionId::parse("00112233-4455-4677-8899-aabbccddeeff").value();
const std::string kKey(kSessionKeyBytes, '\x42');

bool is_taken(std::string_view text) {
    const auto token = read_refresh_token(text);
    return token && token->session == kSession && is_genuine(*token, kKey);
}

}  // namespace

TEST_CASE("HMAC-SHA-256 is that of RFC 4231") {
    // Test case 2.
    CHECK(base64url_encode(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
          "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM");
}

TEST_CASE("a refresh token has its one form") {
    const std::string token = make_refresh_token(kSession, 258, kKey);
    REQUIRE(token.size() == 74);
    REQUIRE(token.starts_with("rt1."));
    const std::string bytes = base64url_decode(token.substr(4)).value();
    REQUIRE(bytes.size() == 52);
    CHECK(bytes.substr(0, 16) == kSession.binary());
    CHECK(bytes.substr(16, 4) == std::string("\0\0\1\2", 4));
    CHECK(bytes.substr(20) == hmac_sha256(kKey, "rt1" + bytes.substr(0, 20)));
}

TEST_CASE("a refresh token is the same whenever it is made, and another for every generation") {
    CHECK(make_refresh_token(kSession, 7, kKey) == make_refresh_token(kSession, 7, kKey));
    CHECK(make_refresh_token(kSession, 7, kKey) != make_refresh_token(kSession, 8, kKey));
}

TEST_CASE("a refresh token is read as it was made") {
    for (const std::uint32_t generation : {0U, 1U, 255U, 65'536U, 0x7FFFFFFFU}) {
        const auto token = read_refresh_token(make_refresh_token(kSession, generation, kKey));
        REQUIRE(token);
        CHECK(token->session == kSession);
        CHECK(token->generation == generation);
        CHECK(is_genuine(*token, kKey));
        CHECK_FALSE(is_genuine(*token, std::string(kSessionKeyBytes, '\x43')));
    }
}

TEST_CASE("no prefix and no extension of a refresh token is one") {
    const std::string token = make_refresh_token(kSession, 1, kKey);
    REQUIRE(is_taken(token));
    for (std::size_t size = 0; size < token.size(); ++size) {
        CHECK_FALSE(is_taken(token.substr(0, size)));
        CHECK_FALSE(is_taken(token.substr(size + 1)));
    }
    for (int c = 0; c < 256; ++c) {
        CHECK_FALSE(is_taken(token + static_cast<char>(c)));
        CHECK_FALSE(is_taken(static_cast<char>(c) + token));
    }
    CHECK_FALSE(is_taken(token + "=="));
    CHECK_FALSE(is_taken(token + token));
}

TEST_CASE("no refresh token with one bit changed is one, in its text or in its bytes") {
    const std::string token = make_refresh_token(kSession, 1, kKey);
    for (std::size_t bit = 0; bit < token.size() * 8; ++bit) {
        std::string changed = token;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
        CHECK_FALSE(is_taken(changed));
    }
    const std::string bytes = base64url_decode(token.substr(4)).value();
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        std::string changed = bytes;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
        CHECK_FALSE(is_taken("rt1." + base64url_encode(changed)));
    }
}
