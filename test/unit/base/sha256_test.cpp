#include "base/sha256.hpp"

#include "base/base64url.hpp"

#include <doctest/doctest.h>

TEST_CASE("SHA-256 of the empty text and of abc are those of FIPS 180-4") {
    CHECK(signet::base64url_encode(signet::sha256("")) ==
          "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
    CHECK(signet::base64url_encode(signet::sha256("abc")) ==
          "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
}
