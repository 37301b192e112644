#include "support/bad_keys.hpp"
#include "support/forged.hpp"
#include "tokens/jws.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace signet::tokens;
using namespace signet::test;
using signet::base64url_decode;
using signet::base64url_encode;

TEST_CASE("the token that the forged ones are made from is good") {
    CHECK_FALSE(refused(good_token()));
    CHECK_FALSE(refused(with_header(R"("alg":"RS256","typ":"JWT")")));
}

TEST_CASE("alg none is refused in every spelling, with and without a signature") {
    for (int bits = 0; bits < 16; ++bits) {
        std::string none = "none";
        for (int i = 0; i < 4; ++i) {
            if ((bits >> i & 1) != 0) {
                none[static_cast<std::size_t>(i)] =
                    static_cast<char>(none[static_cast<std::size_t>(i)] - 'a' + 'A');
            }
        }
        const std::string header =
            R"({"alg":")" + none + R"(","typ":"JWT","kid":")" + kid() + "\"}";
        CHECK(refused(signet::test::signing_input(header, good_payload()) + "."));
        CHECK(refused(signet::test::signing_input(header, good_payload()) + ".AA"));
        CHECK(refused(rs256(key(0), header, good_payload())));
    }
}

TEST_CASE("alg is compared byte for byte") {
    for (const std::string_view alg :
         {R"("alg":"")", R"("alg":256)", R"("alg":null)", R"("alg":["RS256"])", R"("alg":"rs256")",
          R"("alg":"RS256 ")", R"("alg":" RS256")", R"("alg":"RS256\u0000")", R"("alg":"Rs256")",
          R"("alg":true)", R"("ALG":"RS256")"}) {
        CAPTURE(alg);
        CHECK(refused(with_header(std::string(alg) + R"(,"typ":"JWT")")));
    }
    CHECK(refused(with_header(R"("typ":"JWT")")));
}

TEST_CASE("HS256 keyed with any public text of the key is refused") {
    const std::string header = R"({"alg":"HS256","typ":"JWT","kid":")" + kid() + "\"}";
    const std::string pem = public_pem(key(0).handle());
    for (const std::string& secret :
         {pem, pem.substr(0, pem.size() - 1), pkcs1_public_pem(key(0).handle()), lone_key(0).jwks(),
          *base64url_decode(key(0).n()), key(0).n(), std::string()}) {
        CHECK(refused(hs256(secret, header, good_payload())));
        CHECK(refused(hs256(secret, header_json(kid()), good_payload())));
    }
}

TEST_CASE("other algorithms are refused, even over a right RS256 signature") {
    for (const std::string_view alg : {"HS256", "HS384", "HS512", "RS384", "RS512", "PS256",
                                       "PS384", "PS512", "ES256", "EdDSA", "RSA1_5"}) {
        CAPTURE(alg);
        CHECK(refused(with_header(R"("typ":"JWT","alg":")" + std::string(alg) + "\"")));
    }
}

TEST_CASE("keys that come with the token are refused, and never used") {
    const std::string jwk = R"({"kty":"RSA","n":")" + key(3).n() + R"(","e":"AQAB"})";
    for (const std::string& member : {R"("jwk":)" + jwk, std::string(R"("x5c":["MIIB"])"),
                                      std::string(R"("jku":"http://127.0.0.1:9/keys")"),
                                      std::string(R"("x5u":"http://127.0.0.1:9/c")")}) {
        const std::string header =
            R"({"alg":"RS256","typ":"JWT",)" + member + R"(,"kid":")" + kid() + "\"}";
        CHECK(refused(rs256(key(3), header, good_payload())));
        CHECK(refused(rs256(key(0), header, good_payload())));
    }
}

TEST_CASE(
    "T13, T15: a kid that is absent, malformed or unknown is refused; no other key is tried") {
    const auto with_kid = [](std::string_view text) {
        return rs256(key(0), R"({"alg":"RS256","typ":"JWT")" + std::string(text) + "}",
                     good_payload());
    };
    for (const std::string_view text :
         {"", R"(,"kid":"")", R"(,"kid":1)", R"(,"kid":null)", R"(,"kid":["k"])",
          R"(,"kid":"unknown")", R"(,"kid":"../../dev/null")", R"(,"kid":"' or 1=1 --")"}) {
        CAPTURE(text);
        CHECK(refused(with_kid(text)));
    }
    CHECK(refused(with_kid(R"(,"kid":["")" + kid() + "\"]")));
    CHECK(refused(with_kid(R"(,"kid":")" + kid() + " \"")));
    CHECK(refused(with_kid(R"(,"kid":")" + key(1).thumbprint() + "\"")));
}

TEST_CASE("crit, b64, zip and cty are refused, and so is a JWE") {
    for (const std::string_view member :
         {R"("crit":["exp"])", R"("crit":[])", R"("crit":["x"],"x":1)",
          R"("crit":["b64"],"b64":false)", R"("b64":true)", R"("zip":"DEF")", R"("cty":"JWT")"}) {
        CAPTURE(member);
        CHECK(refused(with_header(R"("alg":"RS256","typ":"JWT",)" + std::string(member))));
    }
    CHECK(refused(header_of(good_token()) + ".AA.AA.AA.AA"));
}

TEST_CASE("tokens of the wrong shape or size are refused") {
    const std::string token = good_token();
    CHECK(refused(""));
    CHECK(refused(header_of(token)));
    CHECK(refused(body_of(token)));
    CHECK(refused(token + ".AA"));
    CHECK(refused(token + ".AA.AA"));
    CHECK(refused("." + token));
    CHECK(refused(token + "."));
    CHECK(refused(std::string(1024 * 1024, '.')));
    CHECK(refused(token + std::string(signet::tokens::kTokenBytesMax + 1 - token.size(), 'A')));
}

TEST_CASE("each part has one spelling") {
    const std::string token = good_token();
    const std::size_t first = token.find('.');
    const std::size_t second = token.rfind('.');
    for (const std::size_t end : {first, second, token.size()}) {
        for (const std::string_view tail : {"=", "==", "\n", " ", "\r\n", "%3D"}) {
            std::string changed = token;
            changed.insert(end, tail);
            CHECK(refused(changed));
        }
    }
    // The last character of a 256-byte signature holds four unused bits.
    std::string changed = token;
    const std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const std::size_t value = alphabet.find(changed.back());
    REQUIRE(value % 16 == 0);
    for (std::size_t bits = 1; bits < 16; ++bits) {
        changed.back() = alphabet[value + bits];
        CHECK(refused(changed));
    }
}

TEST_CASE("a header and a payload in another spelling are refused, though validly signed") {
    // One space more makes the base64url text end in the middle of a character.
    for (const std::string_view space : {"", " ", "  "}) {
        const std::string header = base64url_encode(header_json(kid()) + std::string(space));
        const std::string payload = base64url_encode(good_payload() + std::string(space));
        const auto sign = [](const std::string& input) {
            return input + "." + base64url_encode(*key(0).sign(input));
        };
        CHECK_FALSE(refused(sign(header + "." + payload)));
        for (const std::string_view tail : {"=", "==", "A"}) {
            CHECK(refused(sign(header + std::string(tail) + "." + payload)));
            CHECK(refused(sign(header + "." + payload + std::string(tail))));
        }
        if (header.size() % 4 != 0) {
            std::string loose = header;
            ++loose.back();
            CHECK(refused(sign(loose + "." + payload)));
        }
        if (payload.size() % 4 != 0) {
            std::string loose = payload;
            ++loose.back();
            CHECK(refused(sign(header + "." + loose)));
        }
    }
}
