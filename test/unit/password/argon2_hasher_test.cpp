#include "password/phc.hpp"
#include "support/hasher_bench.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace std::string_view_literals;
using signet::Argon2Options;
using signet::PasswordVerdict;
using Bench = signet::test::HasherBench;

namespace {

constexpr auto kPassword = "correct horse battery staple"sv;

// Made by other implementations: the npm packages hash-wasm 4 and bcryptjs 2.
const std::string kSixtyFourKib =
    "$argon2id$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$"
    "ktxdZwGWI4aL3geSdeUi9LfoIT00FO2Fy8KsikERcog";
const std::string kSixtyFourKibOfNfc =
    "$argon2id$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$"
    "wx9FEhYeIg/wl6Pqg9FVOtavG3yJB36+DWp4ipRpv5g";
const std::string kFourLanes =
    "$argon2id$v=19$m=64,t=2,p=4$AAECAwQFBgcICQoLDA0ODw$"
    "XOUqt6TPBV9zuyxSQ6xdqpfdyu4R2tZComDbos80U3k";
const std::string kShortSalt =
    "$argon2id$v=19$m=64,t=2,p=1$AAECAwQFBgc$vJrKyyYkD8olWdOv2lqhWawkShbaWU45soK1G+D1Q04";
const std::string kShortTag =
    "$argon2id$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$1kngLuPxAJ8U4YwtJr8oGg";
const std::string kArgon2i =
    "$argon2i$v=19$m=64,t=3,p=1$AAECAwQFBgcICQoLDA0ODw$"
    "C8W2xoWFXVw5yOZgMePINu7i1XC/kkjTfqJcYyNNb80";
const std::string kBcrypt = "$2b$04$N9qo8uLOickgx2ZMRZoMyeNK8zsWBMaMSVoubqovVQN3ypdVzHwOW";
const std::string kBcryptOfNfc = "$2a$04$abcdefghijklmnopqrstuuVm8Cl5En94CEmro7QtWEU2yK4P8cFaq";
const std::string kBcryptOfNfd = "$2a$04$abcdefghijklmnopqrstuuScsg2PRvmER6tH7KzemyXi9/zYlSsie";
constexpr auto kComposed = "Gr\u00fc\u00dfe-caf\u00e9"sv;
constexpr auto kDecomposed = "Gru\u0308\u00dfe-cafe\u0301"sv;

}  // namespace

TEST_CASE("a new hash is an Argon2id PHC string under the current options with a fresh salt") {
    Bench bench({64, 2, 1});
    const auto first = signet::parse_phc(bench.hash(kPassword));
    const auto second = signet::parse_phc(bench.hash(kPassword));
    REQUIRE(first.has_value());
    REQUIRE(second.has_value());
    CHECK(first->variant == signet::Argon2Variant::argon2id);
    CHECK(first->options == Argon2Options{64, 2, 1});
    CHECK(first->salt.size() == 16);
    CHECK(first->tag.size() == 32);
    CHECK(first->salt != second->salt);
    CHECK(first->tag != second->tag);
}

TEST_CASE("a password verifies against its own hash only") {
    Bench bench;
    const auto stored = bench.hash(kPassword);
    CHECK(bench.verify(kPassword, stored) == PasswordVerdict::matches);
    CHECK(bench.verify("correct horse battery stapl", stored) == PasswordVerdict::wrong);
    CHECK(bench.verify("Correct horse battery staple", stored) == PasswordVerdict::wrong);
    CHECK(bench.verify("correct horse battery staple ", stored) == PasswordVerdict::wrong);
    CHECK(bench.verify("", stored) == PasswordVerdict::wrong);
}

TEST_CASE("a password with a NUL is looked at whole") {
    Bench bench;
    const auto stored = bench.hash("before\0after"sv);
    CHECK(bench.verify("before\0after"sv, stored) == PasswordVerdict::matches);
    CHECK(bench.verify("before", stored) == PasswordVerdict::wrong);
    CHECK(bench.verify("before\0other"sv, stored) == PasswordVerdict::wrong);
}

TEST_CASE("two long passwords that differ in the last character only are different") {
    Bench bench;
    const std::string first = std::string(199, 'x') + 'a';
    const std::string second = std::string(199, 'x') + 'b';
    const auto stored = bench.hash(first);
    CHECK(bench.verify(first, stored) == PasswordVerdict::matches);
    CHECK(bench.verify(second, stored) == PasswordVerdict::wrong);
}

TEST_CASE("a hash of another implementation verifies") {
    Bench bench;
    CHECK(bench.verify(kPassword, kSixtyFourKib) == PasswordVerdict::matches);
}

TEST_CASE("with several lanes a password verifies against its own hash") {
    Bench bench({64, 2, 4});
    CHECK(bench.verify(kPassword, bench.hash(kPassword)) == PasswordVerdict::matches);
    CHECK(bench.verify(kPassword, kFourLanes) == PasswordVerdict::matches);
}

TEST_CASE("composed and decomposed spellings of a password log in alike") {
    Bench bench;
    CHECK(bench.verify(kDecomposed, bench.hash(kComposed)) == PasswordVerdict::matches);
    CHECK(bench.verify(kComposed, bench.hash(kDecomposed)) == PasswordVerdict::matches);
    CHECK(bench.verify(kDecomposed, kSixtyFourKibOfNfc) == PasswordVerdict::matches);
}

TEST_CASE("a ligature and its letters are different passwords") {
    Bench bench;
    CHECK(bench.verify("fi-password", bench.hash("\ufb01-password")) == PasswordVerdict::wrong);
}

TEST_CASE("a hash under other options is outdated") {
    Bench bench;
    for (const auto& stored : {Bench({128, 1, 1}).hash(kPassword), kFourLanes}) {
        CHECK(bench.verify(kPassword, stored) == PasswordVerdict::matches_outdated);
        CHECK(bench.verify("wrong", stored) == PasswordVerdict::wrong);
    }
}

TEST_CASE("a hash with another salt length, tag length or variant is outdated") {
    for (const auto& stored : {kShortSalt, kShortTag, kArgon2i}) {
        const auto parts = signet::parse_phc(stored);
        REQUIRE(parts.has_value());
        Bench bench(parts->options);
        CHECK(bench.verify(kPassword, stored) == PasswordVerdict::matches_outdated);
        CHECK(bench.verify("wrong", stored) == PasswordVerdict::wrong);
    }
}

TEST_CASE("a bcrypt hash verifies and is outdated") {
    Bench bench;
    CHECK(bench.verify(kPassword, kBcrypt) == PasswordVerdict::matches_outdated);
    CHECK(bench.verify("wrong", kBcrypt) == PasswordVerdict::wrong);
}

TEST_CASE("a bcrypt hash of one Unicode form verifies with the other") {
    Bench bench;
    for (const auto password : {kComposed, kDecomposed})
        for (const auto& stored : {kBcryptOfNfc, kBcryptOfNfd})
            CHECK(bench.verify(password, stored) == PasswordVerdict::matches_outdated);
    CHECK(bench.verify("Gru\u0308\u00dfe-cafe", kBcryptOfNfd) == PasswordVerdict::wrong);
}

TEST_CASE("a bcrypt hash of mixed Unicode forms verifies with the bytes as they were hashed") {
    Bench bench;
    const auto* stored = "$2a$04$abcdefghijklmnopqrstuuyYmKIrSkNsJEWQzQLFHixarcwv.PdTe";
    CHECK(bench.verify("Gru\u0308\u00dfe-caf\u00e9", stored) == PasswordVerdict::matches_outdated);
    CHECK(bench.verify(kComposed, stored) == PasswordVerdict::wrong);
}

TEST_CASE("a password longer than bcrypt looks at is wrong against bcrypt") {
    Bench bench;
    const std::string stored = "$2a$04$N9qo8uLOickgx2ZMRZoMyeF1J3tt0w8.ywyH26Gg0MaR3.85io4ma";
    CHECK(bench.verify(std::string(72, 'a'), stored) == PasswordVerdict::matches_outdated);
    CHECK(bench.verify(std::string(73, 'a'), stored) == PasswordVerdict::wrong);
}
