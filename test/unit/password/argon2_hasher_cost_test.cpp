#include "support/hasher_bench.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace std::string_view_literals;
using signet::Argon2Outcome;
using signet::PasswordVerdict;
using Bench = signet::test::HasherBench;

namespace {

constexpr auto kPassword = "correct horse battery staple"sv;
constexpr auto kTiny = signet::test::kTinyArgon2;

// Made by other implementations: the npm packages hash-wasm 4 and bcryptjs 2.
const std::string kSixtyFourKib =
    "$argon2id$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$"
    "ktxdZwGWI4aL3geSdeUi9LfoIT00FO2Fy8KsikERcog";
const std::string kBcrypt = "$2b$04$N9qo8uLOickgx2ZMRZoMyeNK8zsWBMaMSVoubqovVQN3ypdVzHwOW";

}  // namespace

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

TEST_CASE("a cheaper hash is topped up to today's cost, whether the password is right or wrong") {
    Bench bench({1024, 3, 1});
    for (const auto& [password, verdict] :
         {std::pair{"wrong"sv, PasswordVerdict::wrong},
          std::pair{kPassword, PasswordVerdict::matches_outdated}}) {
        CHECK(bench.verify(password, kSixtyFourKib) == verdict);
        REQUIRE(bench.derived.size() == 2);
        const auto work =
            signet::argon2_work_kib(bench.derived[0]) + signet::argon2_work_kib(bench.derived[1]);
        CHECK(work <= 3072);
        CHECK(work > 3072 - 3);
        CHECK(bench.derived[1].memory_kib <= 1024);
    }
}

TEST_CASE("a hash of today's cost is not topped up") {
    Bench bench;
    const auto stored = bench.hash(kPassword);
    CHECK(bench.verify(kPassword, stored) == PasswordVerdict::matches);
    CHECK(bench.derived == std::vector{kTiny});
    CHECK(bench.verify("wrong", stored) == PasswordVerdict::wrong);
    CHECK(bench.derived == std::vector{kTiny});
}

TEST_CASE("a cheap bcrypt hash is topped up, whether the password is right or wrong") {
    Bench dear({2048, 1, 1});
    CHECK(dear.verify("wrong", kBcrypt) == PasswordVerdict::wrong);
    CHECK(dear.derived.size() == 1);
    CHECK(dear.verify(kPassword, kBcrypt) == PasswordVerdict::matches_outdated);
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
