#include "jose/compact.hpp"
#include "support/forge.hpp"
#include "support/forged_tokens.hpp"
#include "support/keys.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace signet::keyring;
using namespace signet::test;
using signet::base64url_encode;

TEST_CASE("T19, T22: tokens of the wrong shape or size are refused") {
    const std::string token = good_token();
    CHECK(refused(""));
    CHECK(refused(header_of(token)));
    CHECK(refused(body_of(token)));
    CHECK(refused(token + ".AA"));
    CHECK(refused(token + ".AA.AA"));
    CHECK(refused("." + token));
    CHECK(refused(token + "."));
    CHECK(refused(std::string(1024 * 1024, '.')));
    CHECK(refused(token + std::string(signet::jose::kTokenBytesMax + 1 - token.size(), 'A')));
}

TEST_CASE("T21: each part has one spelling") {
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

TEST_CASE("T21: a header and a payload in another spelling are refused, though validly signed") {
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

TEST_CASE("T24: members named twice are refused, though validly signed") {
    CHECK(refused(with_header(R"("alg":"RS256","alg":"RS256","typ":"JWT")")));
    CHECK(refused(with_header(R"("alg":"RS256","\u0061lg":"none","typ":"JWT")")));
    CHECK(refused(with_payload(
        replaced(good_payload(), R"("exp":1800000900)", R"("exp":1800000900,"exp":1800000900)"))));
    CHECK(refused(with_payload(replaced(good_payload(), R"("x-hasura-default-role":"user")",
                                        R"("x-hasura-role":"user","x-hasura-role":"editor",)"
                                        R"("x-hasura-default-role":"user")"))));
}

TEST_CASE("T25: payloads that are no strict JSON object are refused, though validly signed") {
    for (const std::string_view payload :
         {"[]", "null", "1", "\"text\"", "{", "{}", "not json", "{\"sub\":\"\xFF\"}", " "}) {
        CHECK(refused(with_payload(payload)));
    }
    CHECK(refused(with_payload("\xEF\xBB\xBF" + good_payload())));
    CHECK(refused(with_payload(good_payload() + "x")));
    CHECK(refused(with_payload(replaced(good_payload(), "ada", R"(a\u0000da)"))));
    CHECK(refused(
        with_payload(replaced(good_payload(), R"("name":)", R"("a":[[[[[[[[1]]]]]]]],"name":)"))));
}

TEST_CASE("T27, T28: signatures of other values or lengths are refused") {
    const std::string token = good_token();
    const std::string good = signature_of(token);
    const auto with_signature = [&](const std::string& signature) {
        return body_of(token) + "." + base64url_encode(signature);
    };
    REQUIRE_FALSE(refused(with_signature(good)));
    CHECK(refused(with_signature(std::string(256, '\0'))));
    CHECK(refused(with_signature(std::string(256, '\xFF'))));
    CHECK(refused(with_signature(std::string(255, '\0') + '\x01')));
    CHECK(refused(with_signature("\x01")));
    CHECK(refused(with_signature(good.substr(1))));
    CHECK(refused(with_signature(good.substr(0, 255))));
    CHECK(refused(with_signature(good + '\0')));
    CHECK(refused(with_signature('\0' + good)));
}

TEST_CASE("T28: a signature whose leading zero byte was dropped is refused") {
    // One message in 256 has such a signature.
    for (int i = 0; i < 5000; ++i) {
        const auto payload = replaced(good_payload(), R"("j1")", "\"j" + std::to_string(i) + "\"");
        const std::string token = with_payload(payload);
        const std::string signature = signature_of(token);
        if (signature.front() == '\0') {
            CHECK_FALSE(refused(token));
            CHECK(refused(body_of(token) + "." + base64url_encode(signature.substr(1))));
            return;
        }
    }
    FAIL("no signature with a leading zero byte was found");
}
