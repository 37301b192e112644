#include "base/base64url.hpp"
#include "base/json.hpp"
#include "keys/key_gate.hpp"
#include "tokens/key_pair.hpp"

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace signet::keys;
using namespace signet::tokens;

namespace {

constexpr std::string_view kP256Prefix{
    "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
    "\x03\x42\x00\x04",
    27};
constexpr std::string_view kEd25519Prefix{"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12};
constexpr std::string_view kEd25519PrivatePrefix{
    "\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", 16};

std::string pem_of(std::string_view label, const std::string& der) {
    std::string text(der.size() * 2 + 8, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(der.data()),
                                     static_cast<int>(der.size()));
    text.resize(static_cast<std::size_t>(size));
    const std::string name(label);
    return "-----BEGIN " + name + "-----\n" + text + "\n-----END " + name + "-----\n";
}

std::string bytes(std::string_view text) {
    return *signet::base64url_decode(text);
}

KeyPair made(std::string_view alg) {
    return *KeyPair::generate(alg);
}

std::set<std::string> members_of(const std::string& json) {
    const auto read = signet::read_json(json, {});
    std::set<std::string> out;
    for (const auto& member : std::get<boost::json::value>(read).as_object()) {
        out.insert(std::string(member.key()));
    }
    return out;
}

}  // namespace

TEST_CASE("the ES256 signature of RFC 7515 appendix A.3 verifies, and one that differs does not") {
    const auto key = KeyPair::from_public_pem(
        pem_of("PUBLIC KEY", std::string(kP256Prefix) +
                                 bytes("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU") +
                                 bytes("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")));
    REQUIRE(key.has_value());
    CHECK(key->alg() == "ES256");
    constexpr std::string_view kInput =
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl"
        "LmNvbS9pc19yb290Ijp0cnVlfQ";
    std::string signature = bytes(
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
    CHECK(key->verify(kInput, signature));
    signature[40] = static_cast<char>(signature[40] ^ 1);
    CHECK_FALSE(key->verify(kInput, signature));
}

TEST_CASE("the EdDSA signature of RFC 8037 appendix A.4 comes out") {
    const auto key = KeyPair::from_private_pem(pem_of(
        "PRIVATE KEY",
        std::string(kEd25519PrivatePrefix) + bytes("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")));
    REQUIRE(key.has_value());
    CHECK(key->thumbprint() == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    constexpr std::string_view kInput = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    const std::string signature = bytes(
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
    CHECK(key->sign(kInput).value() == signature);
    const auto half = KeyPair::from_public_pem(
        pem_of("PUBLIC KEY",
               std::string(kEd25519Prefix) + bytes("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")));
    REQUIRE(half.has_value());
    CHECK(half->verify(kInput, signature));
}

TEST_CASE("a key of each kind signs what it verifies, and nothing of another length") {
    for (const std::string_view alg : {kEs256, kEdDsa}) {
        CAPTURE(alg);
        const KeyPair key = made(alg);
        CHECK(key.alg() == alg);
        CHECK(key.bits() == 256);
        CHECK_FALSE(find_weakness(key).has_value());
        const std::string signature = *key.sign("message");
        CHECK(signature.size() == 64);
        CHECK(key.verify("message", signature));
        CHECK_FALSE(key.verify("messagE", signature));
        CHECK_FALSE(key.verify("message", signature.substr(1)));
        CHECK_FALSE(key.verify("message", signature + '\0'));
        CHECK_FALSE(key.verify("message", ""));
        CHECK_FALSE(made(alg).verify("message", signature));
    }
}

TEST_CASE("an ES256 signature of zeros, or in DER, is none") {
    const KeyPair key = made(kEs256);
    CHECK_FALSE(key.verify("message", std::string(64, '\0')));
    CHECK_FALSE(key.verify("message", std::string(64, '\xFF')));
    for (int i = 0; i < 20; ++i) {
        REQUIRE(key.verify("message", *key.sign("message")));
    }
}

TEST_CASE("a JWK has the public members of its kind and no other") {
    CHECK(members_of(made(kEs256).jwk("k")) ==
          std::set<std::string>{"kty", "use", "alg", "kid", "crv", "x", "y"});
    CHECK(members_of(made(kEdDsa).jwk("k")) ==
          std::set<std::string>{"kty", "use", "alg", "kid", "crv", "x"});
}

TEST_CASE("both halves of a key of each kind survive being written and read") {
    for (const std::string_view alg : {kEs256, kEdDsa}) {
        CAPTURE(alg);
        const KeyPair key = made(alg);
        const auto whole = KeyPair::from_private_pem(*key.to_private_pem());
        const auto half = KeyPair::from_public_pem(*key.to_public_pem());
        REQUIRE(whole.has_value());
        REQUIRE(half.has_value());
        CHECK(whole->thumbprint() == key.thumbprint());
        CHECK(half->jwk("k") == key.jwk("k"));
        CHECK_FALSE(half->has_private());
        CHECK_FALSE(half->sign("message").has_value());
        CHECK(half->verify("message", *whole->sign("message")));
    }
}

TEST_CASE("keys on other curves, and names of other algorithms, are refused") {
    EVP_PKEY* raw = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384");
    REQUIRE(raw != nullptr);
    BIO* bio = BIO_new(BIO_s_mem());
    REQUIRE(PEM_write_bio_PrivateKey(bio, raw, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio, &text);
    const auto key = KeyPair::from_private_pem({text, static_cast<std::size_t>(size)});
    BIO_free_all(bio);
    EVP_PKEY_free(raw);
    REQUIRE_FALSE(key.has_value());
    CHECK(key.error().log_detail.find("P-256") != std::string::npos);
    for (const std::string_view alg : {"none", "HS256", "rs256", "RS512", "ES384", ""}) {
        CHECK_FALSE(KeyPair::generate(alg).has_value());
    }
}
