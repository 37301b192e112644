#include "support/forged.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace signet::tokens;
using namespace signet::test;
using signet::base64url_decode;
using signet::base64url_encode;

TEST_CASE("members named twice are refused, though validly signed") {
    CHECK(refused(with_header(R"("alg":"RS256","alg":"RS256","typ":"JWT")")));
    CHECK(refused(with_header(R"("alg":"RS256","\u0061lg":"none","typ":"JWT")")));
    CHECK(refused(with_payload(
        replaced(good_payload(), R"("exp":1800000900)", R"("exp":1800000900,"exp":1800000900)"))));
    CHECK(refused(with_payload(replaced(good_payload(), R"("x-hasura-default-role":"user")",
                                        R"("x-hasura-role":"user","x-hasura-role":"editor",)"
                                        R"("x-hasura-default-role":"user")"))));
}

TEST_CASE("payloads that are no strict JSON object are refused, though validly signed") {
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

TEST_CASE("signatures of other values or lengths are refused") {
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

TEST_CASE("a signature whose leading zero byte was dropped is refused") {
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

TEST_CASE("times out of range are refused, though validly signed") {
    for (const std::string_view exp :
         {"-1", "0", "1e400", "9223372036854775808", "9.9e99", "1800000900.0", "\"1800000900\""}) {
        CAPTURE(exp);
        CHECK(refused(with_payload(
            replaced(good_payload(), R"("exp":1800000900)", "\"exp\":" + std::string(exp)))));
    }
}

TEST_CASE("a token of another type is refused") {
    for (const std::string_view typ :
         {R"("typ":"at+jwt")", R"("typ":"id+jwt")", R"("typ":"jwt")", R"("typ":"JWT ")",
          R"("typ":"JOSE")", R"("typ":"")", R"("typ":null)", R"("x":"JWT")"}) {
        CAPTURE(typ);
        CHECK(refused(with_header(R"("alg":"RS256",)" + std::string(typ))));
    }
}

TEST_CASE("claims that were changed after signing are refused") {
    const std::string token = good_token();
    const auto payload = replaced(good_payload(), R"("x-hasura-default-role":"user")",
                                  R"("x-hasura-default-role":"editor")");
    CHECK_FALSE(refused(with_payload(payload)));
    CHECK(refused(header_of(token) + "." + base64url_encode(payload) + "." +
                  base64url_encode(signature_of(token))));
}

TEST_CASE("a token of a key that is not published is refused") {
    CHECK(refused(rs256(key(3), header_json(key(3).thumbprint()), good_payload())));
    CHECK(refused(rs256(key(3), header_json(kid()), good_payload())));
}

TEST_CASE("the signature is looked at before the claims") {
    const std::string token = with_payload("not json");
    CHECK(ring().verify(token, kNow).error().log_detail.find("payload") != std::string::npos);
    const std::string unsigned_token =
        body_of(token) + "." + base64url_encode(std::string(256, 'x'));
    CHECK(ring().verify(unsigned_token, kNow).error().log_detail.find("signature") !=
          std::string::npos);
}
