#include "base/sha256.hpp"

#include "base/base64url.hpp"

#include <doctest/doctest.h>

#include <string>

TEST_CASE("SHA-256 of the empty text and of abc are those of FIPS 180-4") {
    CHECK(signet::base64url_encode(signet::sha256("")) ==
          "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
    CHECK(signet::base64url_encode(signet::sha256("abc")) ==
          "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
}

TEST_CASE(
    "the digest that a thread makes again and again is that of SHA-256, whatever came before") {
    for (const std::size_t size : {0UL, 3UL, 55UL, 64UL, 981UL, 100'000UL, 1UL, 0UL}) {
        const std::string text(size, 'x');
        const signet::Sha256Digest digest = signet::sha256_digest(text);
        CHECK(std::string(digest.begin(), digest.end()) == signet::sha256(text));
    }
}
