#include "password/argon2_hasher.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace std::string_view_literals;
using signet::Argon2Hasher;
using signet::Argon2Input;
using signet::Argon2Options;
using signet::Argon2Outcome;
using signet::PasswordVerdict;

namespace {

constexpr Argon2Options kTiny{64, 1, 1};
constexpr auto kPassword = "correct horse battery staple"sv;

class CountingRandom final : public signet::Random {
public:
    void fill(std::span<std::byte> out) override {
        for (auto& byte : out)
            byte = static_cast<std::byte>(next_++);
    }

private:
    unsigned next_ = 0;
};

// A hasher that notes what it was asked to derive, and what it could not read.
struct Bench {
    explicit Bench(const Argon2Options& options = kTiny)
        : hasher(options, random,
                 {[this](std::string_view) { ++unreadable; },
                  [this](const Argon2Input& input, std::span<std::byte> tag) {
                      derived.push_back(input.options);
                      return fault == Argon2Outcome::done ? signet::derive_argon2(input, tag)
                                                          : fault;
                  }}) {}

    std::string hash(std::string_view password) {
        const auto made = hasher.hash(password);
        REQUIRE(made.has_value());
        return made.value().str();
    }

    PasswordVerdict verify(std::string_view password, std::string_view stored) {
        derived.clear();
        const auto verdict = hasher.verify(password, stored);
        REQUIRE(verdict.has_value());
        return verdict.value();
    }

    CountingRandom random;
    std::vector<Argon2Options> derived;
    int unreadable = 0;
    Argon2Outcome fault = Argon2Outcome::done;
    Argon2Hasher hasher;
};

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

TEST_CASE("a hash under other options, another salt length, tag length or variant is outdated") {
    Bench bench;
    const auto old = Bench({128, 1, 1}).hash(kPassword);
    for (const auto& stored : {old, kFourLanes, kShortSalt, kShortTag, kArgon2i}) {
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

TEST_CASE("a stored hash that cannot be read is wrong, costs one current hash and is told") {
    Bench bench;
    for (const auto stored :
         {"x"sv, "plaintext password"sv, "$argon2id$v=19$m=4294967295,t=1,p=1$AAECAwQFBgc$AAAA"sv,
          "$argon2id$v=19$m=1048576,t=20,p=1$AAECAwQFBgcICQoLDA0ODw$gYJZtjEAJqjg26xdLmknqw"sv,
          "$2b$31$N9qo8uLOickgx2ZMRZoMyeNK8zsWBMaMSVoubqovVQN3ypdVzHwOW"sv, "$1$salt$hash"sv,
          "\xff\xfe"sv}) {
        bench.unreadable = 0;
        CHECK(bench.verify(kPassword, stored) == PasswordVerdict::wrong);
        CHECK(bench.derived == std::vector{kTiny});
        CHECK(bench.unreadable == 1);
    }
}

TEST_CASE("an account without a password is wrong and costs one current hash") {
    Bench bench;
    CHECK(bench.verify(kPassword, "") == PasswordVerdict::wrong);
    CHECK(bench.verify("", "") == PasswordVerdict::wrong);
    CHECK(bench.derived == std::vector{kTiny});
    CHECK(bench.unreadable == 0);
}

TEST_CASE("verifying nobody costs one current hash") {
    Bench bench;
    REQUIRE(bench.hasher.verify_nobody(kPassword).has_value());
    CHECK(bench.derived == std::vector{kTiny});
}

TEST_CASE("a password that can be nobody's is wrong and costs one current hash") {
    Bench bench;
    const auto stored = bench.hash("");
    const std::string longest(signet::kPasswordBytesMax, 'a');
    for (const auto& password : {longest + 'a', std::string(100000, 'a'), std::string("\xff")}) {
        CHECK(bench.verify(password, stored) == PasswordVerdict::wrong);
        CHECK(bench.derived == std::vector{kTiny});
    }
    CHECK(bench.verify(longest, bench.hash(longest)) == PasswordVerdict::matches);
}

TEST_CASE("a password within the limit verifies in a spelling that is longer than the limit") {
    Bench bench;
    std::string composed;
    std::string decomposed;
    for (int i = 0; i < 256; ++i) {
        composed += "\uac01";
        decomposed += "\u1100\u1161\u11a8";
    }
    CHECK(bench.verify(decomposed, bench.hash(composed)) == PasswordVerdict::matches);
}

TEST_CASE("a password that can be nobody's is not hashed for storing") {
    Bench bench;
    for (const auto& password :
         {std::string(signet::kPasswordBytesMax + 1, 'a'), std::string("\xc3(")}) {
        const auto made = bench.hasher.hash(password);
        REQUIRE(made.has_error());
        CHECK(made.error().errc == signet::Errc::internal);
    }
}

TEST_CASE("a wrong password against a cheaper hash is topped up to today's cost") {
    Bench bench({1024, 3, 1});
    CHECK(bench.verify("wrong", kSixtyFourKib) == PasswordVerdict::wrong);
    REQUIRE(bench.derived.size() == 2);
    const auto work =
        signet::argon2_work_kib(bench.derived[0]) + signet::argon2_work_kib(bench.derived[1]);
    CHECK(work <= 3072);
    CHECK(work > 3072 - 3);
    CHECK(bench.derived[1].memory_kib <= 1024);
}

TEST_CASE("a right password against a cheaper hash is not topped up") {
    Bench bench({1024, 3, 1});
    CHECK(bench.verify(kPassword, kSixtyFourKib) == PasswordVerdict::matches_outdated);
    CHECK(bench.derived.size() == 1);
}

TEST_CASE("a wrong password against a cheap bcrypt hash is topped up") {
    Bench dear({2048, 1, 1});
    CHECK(dear.verify("wrong", kBcrypt) == PasswordVerdict::wrong);
    CHECK(dear.derived.size() == 1);
    Bench cheap;
    CHECK(cheap.verify("wrong", kBcrypt) == PasswordVerdict::wrong);
    CHECK(cheap.derived.empty());
}

TEST_CASE("missing memory is an error of its own, never a wrong password") {
    Bench bench({1024, 1, 1});
    const auto stored = bench.hash(kPassword);
    bench.fault = Argon2Outcome::out_of_memory;
    const auto fails = [](const auto& result) {
        return result.has_error() && result.error().errc == signet::Errc::out_of_memory;
    };
    CHECK(fails(bench.hasher.hash(kPassword)));
    CHECK(fails(bench.hasher.verify(kPassword, stored)));
    CHECK(fails(bench.hasher.verify("wrong", stored)));
    CHECK(fails(bench.hasher.verify(kPassword, "")));
    CHECK(fails(bench.hasher.verify("wrong",
                                    "$2b$04$N9qo8uLOickgx2ZMRZoMyeNK8zsWBMaMSVoubqovVQN"
                                    "3ypdVzHwOW")) == false);
    CHECK(fails(bench.hasher.verify_nobody(kPassword)));
}

TEST_CASE("a library that refuses its parameters is an internal error") {
    Bench bench;
    bench.fault = Argon2Outcome::refused;
    const auto made = bench.hasher.hash(kPassword);
    REQUIRE(made.has_error());
    CHECK(made.error().errc == signet::Errc::internal);
}

TEST_CASE("no error of the hasher holds the password") {
    Bench bench;
    bench.fault = Argon2Outcome::out_of_memory;
    const auto made = bench.hasher.hash(kPassword);
    REQUIRE(made.has_error());
    CHECK(made.error().log_detail.find("horse") == std::string::npos);
}
