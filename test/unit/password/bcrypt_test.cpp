#include "password/bcrypt.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace std::string_view_literals;
using signet::bcrypt_cost;
using signet::BcryptMatch;

namespace {

// Made by the npm package bcryptjs 2, as the original service used it.
const std::string kStored = "$2b$04$N9qo8uLOickgx2ZMRZoMyeNK8zsWBMaMSVoubqovVQN3ypdVzHwOW";
const std::string kPassword = "correct horse battery staple";
const std::string kOf72Letters = "$2a$04$N9qo8uLOickgx2ZMRZoMyeF1J3tt0w8.ywyH26Gg0MaR3.85io4ma";

BcryptMatch match(const std::vector<std::string>& candidates, const std::string& stored) {
    REQUIRE(bcrypt_cost(stored).has_value());
    return signet::Bcrypt().match_any(candidates, stored);
}

bool matches(const std::vector<std::string>& candidates, const std::string& stored) {
    return match(candidates, stored) != BcryptMatch::none;
}

std::string with_version(char version) {
    std::string stored = kStored;
    stored[2] = version;
    return stored;
}

}  // namespace

TEST_CASE("a bcrypt hash of another implementation verifies") {
    CHECK(matches({kPassword}, kStored));
    CHECK(matches({"U*U"}, "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
    CHECK(matches({""}, "$2a$04$N9qo8uLOickgx2ZMRZoMyexhJu7XyhFyrko6QMKtD6uvGcfCxpYoK"));
}

TEST_CASE("bcrypt's three current versions are one") {
    for (const char version : {'a', 'b', 'y'})
        CHECK(matches({kPassword}, with_version(version)));
}

TEST_CASE("a wrong password does not match a bcrypt hash") {
    CHECK_FALSE(matches({"correct horse battery stapl"}, kStored));
    CHECK_FALSE(matches({""}, kStored));
    CHECK_FALSE(matches({}, kStored));
}

TEST_CASE("one matching spelling among several is enough") {
    CHECK(matches({"other", kPassword}, kStored));
    CHECK_FALSE(matches({"other", "another"}, kStored));
}

TEST_CASE("of a password that is longer than 72 bytes the beginning matches, however it ends") {
    for (const std::string end : {"", "a", "suffix"})
        CHECK(match({std::string(72, 'a') + end}, kOf72Letters) == BcryptMatch::beginning);
    CHECK(match({std::string(1000, 'a')}, kOf72Letters) == BcryptMatch::beginning);
    CHECK(match({std::string(71, 'a')}, kOf72Letters) == BcryptMatch::none);
    CHECK(match({std::string(71, 'a') + "b"}, kOf72Letters) == BcryptMatch::none);
    CHECK(match({kPassword}, kStored) == BcryptMatch::whole);
}

TEST_CASE("a password with a NUL never matches by what stands before it") {
    CHECK_FALSE(matches({kPassword + std::string("\0more"sv)}, kStored));
}

TEST_CASE("the cost of a bcrypt hash is read within the limits") {
    CHECK(bcrypt_cost(kStored) == 4);
    std::string stored = kStored;
    stored.replace(4, 2, "14");
    CHECK(bcrypt_cost(stored) == 14);
    for (const auto cost : {"03"sv, "15"sv, "31"sv, "99"sv, " 4"sv, "+4"sv, "0x"sv}) {
        stored.replace(4, 2, cost);
        CHECK_FALSE(bcrypt_cost(stored).has_value());
    }
}

TEST_CASE("what is no bcrypt string has no cost") {
    for (const char version : {'x', 'c', '\0', '$', 'A'})
        CHECK_FALSE(bcrypt_cost(with_version(version)).has_value());
    CHECK_FALSE(bcrypt_cost("").has_value());
    CHECK_FALSE(bcrypt_cost(kStored + 'a').has_value());
    CHECK_FALSE(bcrypt_cost(kStored.substr(0, 59)).has_value());
    CHECK_FALSE(bcrypt_cost(kStored.substr(0, 59) + '$').has_value());
    CHECK_FALSE(bcrypt_cost(kStored.substr(0, 59) + '\n').has_value());
    CHECK_FALSE(bcrypt_cost("$6$" + std::string(57, 'a')).has_value());
}
