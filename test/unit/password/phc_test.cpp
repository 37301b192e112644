#include "password/argon2.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace std::string_view_literals;
using signet::Argon2Options;
using signet::Argon2Variant;
using signet::parse_phc;

namespace {

const std::string kSalt = "$AAECAwQFBgcICQoLDA0ODw";
const std::string kTag = "$gYJZtjEAJqjg26xdLmknq8/bB7MiWPrE9hsYuA+SkIU";

std::string with_options(std::string_view options) {
    return "$argon2id$v=19$" + std::string(options) + kSalt + kTag;
}

std::string with_salt_and_tag(std::string_view salt, std::string_view tag) {
    return "$argon2id$v=19$m=64,t=1,p=1$" + std::string(salt) + '$' + std::string(tag);
}

}  // namespace

TEST_CASE("a PHC string is read into its parts and written back the same") {
    const auto stored = with_options("m=19456,t=2,p=1");
    const auto hash = parse_phc(stored);
    REQUIRE(hash.has_value());
    CHECK(hash->variant == Argon2Variant::argon2id);
    CHECK(hash->options == Argon2Options{19456, 2, 1});
    CHECK(hash->salt.size() == 16);
    CHECK(hash->salt.substr(0, 3) == "\0\1\2"sv);
    CHECK(hash->tag.size() == 32);
    CHECK(signet::format_phc(*hash) == stored);
}

TEST_CASE("Argon2i and Argon2d are read") {
    const std::string rest = "$v=19$m=64,t=3,p=1" + kSalt + kTag;
    const auto hash = parse_phc("$argon2i" + rest);
    REQUIRE(hash.has_value());
    CHECK(hash->variant == Argon2Variant::argon2i);
    CHECK(signet::format_phc(*hash) == "$argon2i" + rest);
    const auto d = parse_phc("$argon2d" + rest);
    REQUIRE(d.has_value());
    CHECK(d->variant == Argon2Variant::argon2d);
    CHECK(signet::format_phc(*d) == "$argon2d" + rest);
}

TEST_CASE("options at the caps are read") {
    CHECK(parse_phc(with_options("m=1048576,t=4,p=16")).has_value());
    CHECK(parse_phc(with_options("m=65536,t=20,p=1")).has_value());
    CHECK(parse_phc(with_options("m=8,t=1,p=1")).has_value());
}

TEST_CASE("options beyond the caps are refused") {
    for (const auto options :
         {"m=4294967295,t=1,p=1"sv, "m=4294967296,t=1,p=1"sv, "m=1048577,t=1,p=1"sv,
          "m=64,t=21,p=1"sv, "m=4096,t=1,p=17"sv, "m=1048576,t=5,p=1"sv, "m=7,t=1,p=1"sv,
          "m=31,t=1,p=4"sv, "m=0,t=1,p=1"sv, "m=64,t=0,p=1"sv, "m=64,t=1,p=0"sv,
          "m=99999999999999999999,t=1,p=1"sv})
        CHECK_FALSE(parse_phc(with_options(options)).has_value());
}

TEST_CASE("options in another spelling are refused") {
    for (const auto options :
         {"m=064,t=1,p=1"sv, "m=+64,t=1,p=1"sv, "m=-64,t=1,p=1"sv, "m= 64,t=1,p=1"sv, "m=64,t=1"sv,
          "t=1,m=64,p=1"sv, "m=64,t=1,p=1,data=AA"sv, "m=64,t=1,p=1,"sv, "m=0x40,t=1,p=1"sv,
          "m=64, t=1,p=1"sv, "m=,t=1,p=1"sv, ""sv})
        CHECK_FALSE(parse_phc(with_options(options)).has_value());
}

TEST_CASE("salt and tag outside their lengths are refused") {
    const std::string salt = kSalt.substr(1);
    const std::string tag = kTag.substr(1);
    CHECK(parse_phc(with_salt_and_tag("AAECAwQFBgc", "AAECAwQFBgcICQoLDA0ODw")).has_value());
    CHECK_FALSE(parse_phc(with_salt_and_tag("AAECAwQFBg", tag)).has_value());
    CHECK_FALSE(parse_phc(with_salt_and_tag(std::string(88, 'A'), tag)).has_value());
    CHECK_FALSE(parse_phc(with_salt_and_tag(salt, "AAECAwQFBgcICQoLDA0O")).has_value());
    CHECK_FALSE(parse_phc(with_salt_and_tag(salt, std::string(88, 'A'))).has_value());
    CHECK_FALSE(parse_phc(with_salt_and_tag("", tag)).has_value());
    CHECK_FALSE(parse_phc(with_salt_and_tag(salt, "")).has_value());
}

TEST_CASE("base64 that is padded, of the URL alphabet or not canonical is refused") {
    const std::string tag = kTag.substr(1);
    for (const auto salt :
         {"AAECAwQFBgcICQoLDA0ODw=="sv, "AAECAwQFBgcICQoLDA0ODx"sv, "AAECAwQFBgcICQoLDA0-_w"sv,
          "AAECAwQFBgcICQoLDA0O w"sv, "AAECAwQFBgcICQoLDA0OD"sv})
        CHECK_FALSE(parse_phc(with_salt_and_tag(salt, tag)).has_value());
}

TEST_CASE("a stored hash of another shape is refused") {
    const auto whole = with_options("m=64,t=1,p=1");
    for (const auto& stored :
         {std::string(), std::string("x"), std::string("$argon2id$"), whole + "$", whole + "\n",
          ' ' + whole, whole + "$AAAA", std::string("$argon2id$m=64,t=1,p=1") + kSalt + kTag,
          std::string("$argon2id$v=16$m=64,t=1,p=1") + kSalt + kTag,
          std::string("$Argon2id$v=19$m=64,t=1,p=1") + kSalt + kTag, std::string(100000, '$'),
          whole + std::string(300, 'A')})
        CHECK_FALSE(parse_phc(stored).has_value());
}

TEST_CASE("no beginning of a PHC string passes for a whole one with another tag") {
    const auto whole = with_options("m=64,t=1,p=1");
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const auto hash = parse_phc(std::string_view(whole).substr(0, length));
        if (hash)
            CHECK(hash->tag.size() < 32);
    }
}
