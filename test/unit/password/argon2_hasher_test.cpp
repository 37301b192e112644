#include "password/argon2.hpp"
#include "support/hasher_fixture.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace std::string_view_literals;
using signet::Argon2Options;
using signet::Argon2Outcome;
using signet::kArgon2MemoryKibMax;
using signet::PasswordVerdict;
using signet::stored_memory_kib_max;
using signet::test::HasherFixture;

namespace {

constexpr auto kPassword = "correct horse battery staple"sv;
constexpr auto kTiny = signet::test::kTinyArgon2;

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
    HasherFixture fixture({64, 2, 1});
    const auto first = signet::parse_phc(fixture.hash(kPassword));
    const auto second = signet::parse_phc(fixture.hash(kPassword));
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
    HasherFixture fixture;
    const auto stored = fixture.hash(kPassword);
    CHECK(fixture.verify(kPassword, stored) == PasswordVerdict::matches);
    CHECK(fixture.verify("correct horse battery stapl", stored) == PasswordVerdict::wrong);
    CHECK(fixture.verify("Correct horse battery staple", stored) == PasswordVerdict::wrong);
    CHECK(fixture.verify("correct horse battery staple ", stored) == PasswordVerdict::wrong);
    CHECK(fixture.verify("", stored) == PasswordVerdict::wrong);
}

TEST_CASE("a password with a NUL is looked at whole") {
    HasherFixture fixture;
    const auto stored = fixture.hash("before\0after"sv);
    CHECK(fixture.verify("before\0after"sv, stored) == PasswordVerdict::matches);
    CHECK(fixture.verify("before", stored) == PasswordVerdict::wrong);
    CHECK(fixture.verify("before\0other"sv, stored) == PasswordVerdict::wrong);
}

TEST_CASE("two long passwords that differ in the last character only are different") {
    HasherFixture fixture;
    const std::string first = std::string(199, 'x') + 'a';
    const std::string second = std::string(199, 'x') + 'b';
    const auto stored = fixture.hash(first);
    CHECK(fixture.verify(first, stored) == PasswordVerdict::matches);
    CHECK(fixture.verify(second, stored) == PasswordVerdict::wrong);
}

TEST_CASE("a hash of another implementation verifies") {
    HasherFixture fixture;
    CHECK(fixture.verify(kPassword, kSixtyFourKib) == PasswordVerdict::matches);
}

TEST_CASE("with several lanes a password verifies against its own hash") {
    HasherFixture fixture({64, 2, 4});
    CHECK(fixture.verify(kPassword, fixture.hash(kPassword)) == PasswordVerdict::matches);
    CHECK(fixture.verify(kPassword, kFourLanes) == PasswordVerdict::matches);
}

TEST_CASE("composed and decomposed spellings of a password log in alike") {
    HasherFixture fixture;
    CHECK(fixture.verify(kDecomposed, fixture.hash(kComposed)) == PasswordVerdict::matches);
    CHECK(fixture.verify(kComposed, fixture.hash(kDecomposed)) == PasswordVerdict::matches);
    CHECK(fixture.verify(kDecomposed, kSixtyFourKibOfNfc) == PasswordVerdict::matches);
}

TEST_CASE("a ligature and its letters are different passwords") {
    HasherFixture fixture;
    CHECK(fixture.verify("fi-password", fixture.hash("\ufb01-password")) == PasswordVerdict::wrong);
}

TEST_CASE("a hash under other options is outdated") {
    HasherFixture fixture;
    for (const auto& stored : {HasherFixture({128, 1, 1}).hash(kPassword), kFourLanes}) {
        CHECK(fixture.verify(kPassword, stored) == PasswordVerdict::matches_outdated);
        CHECK(fixture.verify("wrong", stored) == PasswordVerdict::wrong);
    }
}

TEST_CASE("a hash with another salt length, tag length or variant is outdated") {
    for (const auto& stored : {kShortSalt, kShortTag, kArgon2i}) {
        const auto parts = signet::parse_phc(stored);
        REQUIRE(parts.has_value());
        HasherFixture fixture(parts->options);
        CHECK(fixture.verify(kPassword, stored) == PasswordVerdict::matches_outdated);
        CHECK(fixture.verify("wrong", stored) == PasswordVerdict::wrong);
    }
}

TEST_CASE("a bcrypt hash verifies and is outdated") {
    HasherFixture fixture;
    CHECK(fixture.verify(kPassword, kBcrypt) == PasswordVerdict::matches_outdated);
    CHECK(fixture.verify("wrong", kBcrypt) == PasswordVerdict::wrong);
}

TEST_CASE("a bcrypt hash of one Unicode form verifies with the other") {
    HasherFixture fixture;
    for (const auto password : {kComposed, kDecomposed})
        for (const auto& stored : {kBcryptOfNfc, kBcryptOfNfd})
            CHECK(fixture.verify(password, stored) == PasswordVerdict::matches_outdated);
    CHECK(fixture.verify("Gru\u0308\u00dfe-cafe", kBcryptOfNfd) == PasswordVerdict::wrong);
}

TEST_CASE("a bcrypt hash of mixed Unicode forms verifies with the bytes as they were hashed") {
    HasherFixture fixture;
    const auto* stored = "$2a$04$abcdefghijklmnopqrstuuyYmKIrSkNsJEWQzQLFHixarcwv.PdTe";
    CHECK(fixture.verify("Gru\u0308\u00dfe-caf\u00e9", stored) ==
          PasswordVerdict::matches_outdated);
    CHECK(fixture.verify(kComposed, stored) == PasswordVerdict::wrong);
}

TEST_CASE(
    "a password longer than bcrypt looks at lets in by its beginning, and is not hashed anew") {
    HasherFixture fixture;
    const std::string stored = "$2a$04$N9qo8uLOickgx2ZMRZoMyeF1J3tt0w8.ywyH26Gg0MaR3.85io4ma";
    for (const std::size_t length : {72U, 73U, 1024U})
        CHECK(fixture.verify(std::string(length, 'a'), stored) == PasswordVerdict::matches);
    CHECK(fixture.verify(std::string(71, 'a'), stored) == PasswordVerdict::wrong);
}

TEST_CASE("a stored hash that cannot be read is wrong, costs one current hash and is told") {
    HasherFixture fixture;
    for (const auto stored :
         {"x"sv, "plaintext password"sv, "$argon2id$v=19$m=4294967295,t=1,p=1$AAECAwQFBgc$AAAA"sv,
          "$argon2id$v=19$m=1048576,t=20,p=1$AAECAwQFBgcICQoLDA0ODw$gYJZtjEAJqjg26xdLmknqw"sv,
          "$2b$31$N9qo8uLOickgx2ZMRZoMyeNK8zsWBMaMSVoubqovVQN3ypdVzHwOW"sv, "$1$salt$hash"sv,
          "\xff\xfe"sv}) {
        fixture.unreadable = 0;
        CHECK(fixture.verify(kPassword, stored) == PasswordVerdict::wrong);
        CHECK(fixture.derived == std::vector{kTiny});
        CHECK(fixture.unreadable == 1);
    }
}

TEST_CASE("a stored hash that asks for more memory than there is counts as unreadable") {
    HasherFixture fixture;
    std::string greedy = kSixtyFourKib;
    greedy.replace(greedy.find("m=64"), 4, "m=8192");
    CHECK(fixture.verify(kPassword, greedy) == PasswordVerdict::wrong);
    CHECK(fixture.unreadable == 1);
    CHECK(fixture.derived == std::vector{kTiny});
}

TEST_CASE(
    "a stored hash may ask for what others call moderate, and for 16 times the memory of new "
    "ones") {
    constexpr std::uint64_t kModerateKib = 256 * 1024;
    CHECK(stored_memory_kib_max({8, 1, 1}) == kModerateKib);
    CHECK(stored_memory_kib_max({16384, 1, 1}) == kModerateKib);
    CHECK(stored_memory_kib_max({19456, 2, 1}) == 16 * 19456);
    CHECK(stored_memory_kib_max({65536, 3, 1}) == kArgon2MemoryKibMax);
}

TEST_CASE("an account without a password is wrong and costs one current hash") {
    HasherFixture fixture;
    CHECK(fixture.verify(kPassword, "") == PasswordVerdict::wrong);
    CHECK(fixture.verify("", "") == PasswordVerdict::wrong);
    CHECK(fixture.derived == std::vector{kTiny});
    CHECK(fixture.unreadable == 0);
}

TEST_CASE("verifying nobody costs one current hash") {
    HasherFixture fixture;
    REQUIRE(fixture.hasher.verify_nobody(kPassword).has_value());
    CHECK(fixture.derived == std::vector{kTiny});
}

TEST_CASE("a password that can be nobody's is wrong and costs one current hash") {
    HasherFixture fixture;
    const auto stored = fixture.hash("");
    const std::string longest(signet::kPasswordBytesMax, 'a');
    for (const auto& password : {longest + 'a', std::string(100000, 'a'), std::string("\xff")}) {
        CHECK(fixture.verify(password, stored) == PasswordVerdict::wrong);
        CHECK(fixture.derived == std::vector{kTiny});
    }
    CHECK(fixture.verify(longest, fixture.hash(longest)) == PasswordVerdict::matches);
}

TEST_CASE("a password within the limit verifies in a spelling that is longer than the limit") {
    HasherFixture fixture;
    std::string composed;
    std::string decomposed;
    for (int i = 0; i < 256; ++i) {
        composed += "\uac01";
        decomposed += "\u1100\u1161\u11a8";
    }
    CHECK(fixture.verify(decomposed, fixture.hash(composed)) == PasswordVerdict::matches);
}

TEST_CASE("a password that can be nobody's is not hashed for storing") {
    HasherFixture fixture;
    for (const auto& password :
         {std::string(signet::kPasswordBytesMax + 1, 'a'), std::string("\xc3(")}) {
        const auto made = fixture.hasher.hash(password);
        REQUIRE(made.has_error());
        CHECK(made.error().errc == signet::Errc::internal);
    }
}

TEST_CASE("a cheaper hash is topped up to today's cost, whether the password is right or wrong") {
    HasherFixture fixture({1024, 3, 1});
    for (const auto& [password, verdict] :
         {std::pair{"wrong"sv, PasswordVerdict::wrong},
          std::pair{kPassword, PasswordVerdict::matches_outdated}}) {
        CHECK(fixture.verify(password, kSixtyFourKib) == verdict);
        REQUIRE(fixture.derived.size() == 2);
        const auto work = signet::argon2_work_kib(fixture.derived[0]) +
                          signet::argon2_work_kib(fixture.derived[1]);
        CHECK(work <= 3072);
        CHECK(work > 3072 - 3);
        CHECK(fixture.derived[1].memory_kib <= 1024);
    }
}

TEST_CASE("a hash of today's cost is not topped up") {
    HasherFixture fixture;
    const auto stored = fixture.hash(kPassword);
    CHECK(fixture.verify(kPassword, stored) == PasswordVerdict::matches);
    CHECK(fixture.derived == std::vector{kTiny});
    CHECK(fixture.verify("wrong", stored) == PasswordVerdict::wrong);
    CHECK(fixture.derived == std::vector{kTiny});
}

TEST_CASE("a cheap bcrypt hash is topped up, whether the password is right or wrong") {
    HasherFixture dear({2048, 1, 1});
    CHECK(dear.verify("wrong", kBcrypt) == PasswordVerdict::wrong);
    CHECK(dear.derived.size() == 1);
    CHECK(dear.verify(kPassword, kBcrypt) == PasswordVerdict::matches_outdated);
    CHECK(dear.derived.size() == 1);
    HasherFixture cheap;
    CHECK(cheap.verify("wrong", kBcrypt) == PasswordVerdict::wrong);
    CHECK(cheap.derived.empty());
}

TEST_CASE("the longest verification of a hash that costs more than new ones is known") {
    HasherFixture fixture;
    fixture.verify(kPassword, fixture.hash(kPassword));
    fixture.verify("wrong", kSixtyFourKib);
    CHECK(fixture.hasher.verify_nobody("wrong").has_value());
    CHECK(fixture.hasher.longest_verification().count() == 0);
    const std::string cost_10 = "$2b$10$" + kBcrypt.substr(7);
    CHECK(fixture.verify("wrong", cost_10) == PasswordVerdict::wrong);
    const auto longest = fixture.hasher.longest_verification();
    CHECK(longest.count() > 0);
    fixture.verify("wrong", kBcrypt);
    CHECK(fixture.hasher.longest_verification() == longest);

    signet::LongestVerification others;
    others.note(std::chrono::milliseconds(40));
    others.note(std::chrono::milliseconds(20));
    CHECK(others.value() == std::chrono::milliseconds(50));
    others.note(std::chrono::hours(1));
    CHECK(others.value() == signet::kLongestVerificationMax);
}

TEST_CASE("spellings of a password together cost no more than two hashes of the highest cost") {
    HasherFixture fixture;
    // Neither composed nor decomposed, so there are three spellings, of which the third is tried
    // where the cost allows it.
    constexpr auto kMixed = "Gr\u00fc\u00dfe-cafe\u0301"sv;
    CHECK(fixture.verify(kMixed, kBcryptOfNfd) == PasswordVerdict::matches_outdated);
    const auto spellings_at = [](int cost) { return signet::kBcryptRoundsMax >> cost; };
    CHECK(spellings_at(signet::kBcryptCostMax) == 2);
    CHECK(spellings_at(signet::kBcryptCostMax - 1) >= 3);
}

TEST_CASE("missing memory is an error of its own, never a wrong password") {
    HasherFixture fixture({1024, 1, 1});
    const auto stored = fixture.hash(kPassword);
    fixture.outcome = Argon2Outcome::out_of_memory;
    const auto fails = [](const auto& result) {
        return result.has_error() && result.error().errc == signet::Errc::out_of_memory;
    };
    CHECK(fails(fixture.hasher.hash(kPassword)));
    CHECK(fails(fixture.hasher.verify(kPassword, stored)));
    CHECK(fails(fixture.hasher.verify("wrong", stored)));
    CHECK(fails(fixture.hasher.verify(kPassword, "")));
    CHECK(fails(fixture.hasher.verify_nobody(kPassword)));
}

TEST_CASE("a library that refuses its parameters is an internal error") {
    HasherFixture fixture;
    fixture.outcome = Argon2Outcome::refused;
    const auto made = fixture.hasher.hash(kPassword);
    REQUIRE(made.has_error());
    CHECK(made.error().errc == signet::Errc::internal);
}

TEST_CASE("no error of the hasher holds the password") {
    HasherFixture fixture;
    fixture.outcome = Argon2Outcome::out_of_memory;
    const auto made = fixture.hasher.hash(kPassword);
    REQUIRE(made.has_error());
    CHECK(made.error().log_detail.find("horse") == std::string::npos);
}
