#include "tokens/jwk.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace signet::tokens;

TEST_CASE("the thumbprint of RFC 7638 section 3.1 comes out") {
    CHECK(rsa_thumbprint(
              "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tS"
              "oc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65"
              "YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyr"
              "dkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzK"
              "nqDKgw",
              "AQAB") == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST_CASE("the thumbprint of RFC 8037 appendix A.3 comes out") {
    CHECK(okp_thumbprint("Ed25519", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo") ==
          "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST_CASE("the thumbprint of an EC key depends on both coordinates and the curve") {
    const std::string one = ec_thumbprint("P-256", "x", "y");
    CHECK(one.size() == 43);
    CHECK(one != ec_thumbprint("P-256", "y", "x"));
    CHECK(one != ec_thumbprint("P-384", "x", "y"));
}

TEST_CASE("numbers lose their leading zero bytes and nothing else") {
    CHECK(encode_number({"\x01\x00\x01", 3}) == "AQAB");
    CHECK(encode_number({"\x00\x01\x00\x01", 4}) == "AQAB");
    CHECK(encode_number({"\x00\x00\x00\x00\x01\x00", 6}) == "AQA");
    CHECK(encode_number({"\x80", 1}) == "gA");
    CHECK(encode_number({"\x00", 1}) == "AA");
    CHECK(encode_number("") == "AA");
}

TEST_CASE("an RSA JWK has exactly the six members that Hasura reads") {
    CHECK(write_jwk(RsaJwk{"k\"1", "RS256", "bm4", "AQAB"}) ==
          R"({"kty":"RSA","use":"sig","alg":"RS256","kid":"k\"1","n":"bm4","e":"AQAB"})");
}

TEST_CASE("an EC JWK has exactly its seven public members") {
    CHECK(write_jwk(EcJwk{"k1", "ES256", "P-256", "eA", "eQ"}) ==
          R"({"kty":"EC","use":"sig","alg":"ES256","kid":"k1","crv":"P-256","x":"eA","y":"eQ"})");
}

TEST_CASE("an Ed25519 JWK has exactly its six public members") {
    CHECK(write_jwk(OkpJwk{"k1", "EdDSA", "Ed25519", "eA"}) ==
          R"({"kty":"OKP","use":"sig","alg":"EdDSA","kid":"k1","crv":"Ed25519","x":"eA"})");
}

TEST_CASE("a JWK set keeps the order of its keys") {
    CHECK(write_jwk_set({}) == R"({"keys":[]})");
    const std::vector<std::string> keys{R"({"kid":"a"})", R"({"kid":"b"})"};
    CHECK(write_jwk_set(keys) == R"({"keys":[{"kid":"a"},{"kid":"b"}]})");
}
