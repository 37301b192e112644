#include "tokens/key_pair.hpp"

#include "base/base64url.hpp"
#include "support/bad_keys.hpp"
#include "support/keys.hpp"

#include <doctest/doctest.h>

#include <string>

using signet::test::key;
using signet::tokens::KeyPair;

TEST_CASE("a signature has the modulus' length and verifies under its own key only") {
    const auto signature = key(0).sign("message");
    REQUIRE(signature.has_value());
    CHECK(signature->size() == 256);
    CHECK(key(0).verify("message", *signature));
    CHECK_FALSE(key(0).verify("messagE", *signature));
    CHECK_FALSE(key(1).verify("message", *signature));
}

TEST_CASE("RS256 signs the same message the same way") {
    CHECK(*key(0).sign("message") == *key(0).sign("message"));
}

TEST_CASE("a signature that differs in one bit or in length is wrong") {
    const std::string good = *key(0).sign("message");
    for (const std::size_t place : {0UL, 1UL, 128UL, 255UL}) {
        std::string bad = good;
        bad[place] = static_cast<char>(bad[place] ^ 1);
        CHECK_FALSE(key(0).verify("message", bad));
    }
    CHECK_FALSE(key(0).verify("message", ""));
    CHECK_FALSE(key(0).verify("message", good.substr(0, 255)));
    CHECK_FALSE(key(0).verify("message", good.substr(1)));
    CHECK_FALSE(key(0).verify("message", good + '\0'));
    CHECK_FALSE(key(0).verify("message", '\0' + good));
    CHECK_FALSE(key(0).verify("message", std::string(256, '\0')));
    CHECK_FALSE(key(0).verify("message", std::string(256, '\xFF')));
    CHECK_FALSE(key(0).verify("message", std::string(255, '\0') + '\x01'));
}

TEST_CASE("the signature of RFC 7515 appendix A.2 verifies") {
    constexpr std::string_view kN =
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0B"
        "m4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5"
        "z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7"
        "aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
    constexpr std::string_view kInput =
        "eyJhbGciOiJSUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cn"
        "VlfQ";
    constexpr std::string_view kSignature =
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2F"
        "p5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQB"
        "MHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeY"
        "I2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    const std::string n = *signet::base64url_decode(kN);
    const signet::test::BnPtr modulus(BN_bin2bn(reinterpret_cast<const unsigned char*>(n.data()),
                                                static_cast<int>(n.size()), nullptr));
    const auto pem = signet::test::public_pem(signet::test::public_rsa_of(modulus.get()).get());
    const auto rfc = KeyPair::from_public_pem(pem);
    REQUIRE(rfc.has_value());
    CHECK(rfc->n() == kN);
    CHECK(rfc->verify(kInput, *signet::base64url_decode(kSignature)));
}

TEST_CASE("a key comes back from its PKCS#8 text") {
    const std::string pem = *key(0).to_private_pem();
    CHECK(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    const auto again = KeyPair::from_private_pem(pem);
    REQUIRE(again.has_value());
    CHECK(again->thumbprint() == key(0).thumbprint());
    CHECK(again->has_private());
    CHECK(key(0).verify("message", *again->sign("message")));
}

TEST_CASE("PKCS#1 texts are read like PKCS#8 ones") {
    const auto pkcs1 = KeyPair::from_private_pem(signet::test::pkcs1_pem(key(0).handle()));
    REQUIRE(pkcs1.has_value());
    CHECK(pkcs1->thumbprint() == key(0).thumbprint());
    const auto spki = KeyPair::from_public_pem(signet::test::public_pem(key(0).handle()));
    REQUIRE(spki.has_value());
    CHECK(spki->thumbprint() == key(0).thumbprint());
    const auto old = KeyPair::from_public_pem(signet::test::pkcs1_public_pem(key(0).handle()));
    REQUIRE(old.has_value());
    CHECK(old->thumbprint() == key(0).thumbprint());
}

TEST_CASE("a public key verifies and neither signs nor writes a private text") {
    const auto half = KeyPair::from_public_pem(signet::test::public_pem(key(0).handle()));
    REQUIRE(half.has_value());
    CHECK_FALSE(half->has_private());
    CHECK(half->verify("message", *key(0).sign("message")));
    const auto signature = half->sign("message");
    REQUIRE_FALSE(signature.has_value());
    CHECK(signature.error().errc == signet::Errc::no_signing_key);
    CHECK_FALSE(half->to_private_pem().has_value());
}

TEST_CASE("keys of a forbidden size are not generated") {
    CHECK_FALSE(KeyPair::generate("RS256", 1024).has_value());
    CHECK_FALSE(KeyPair::generate("RS256", 2047).has_value());
    CHECK_FALSE(KeyPair::generate("RS256", 16384).has_value());
}

TEST_CASE("the published numbers are minimal whatever key was generated") {
    for (std::size_t i = 0; i < 20; ++i) {
        const std::string n = *signet::base64url_decode(key(i).n());
        CHECK(n.size() == 256);
        CHECK(n.front() != '\0');
        CHECK(key(i).e() == "AQAB");
        CHECK(key(i).thumbprint().size() == 43);
        for (std::size_t j = 0; j < i; ++j) {
            CHECK(key(i).thumbprint() != key(j).thumbprint());
        }
    }
}
