#include "password/foreign_hash.hpp"

#include "base/base64url.hpp"
#include "support/hasher_fixture.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace std::string_view_literals;
using signet::ForeignHash;
using signet::parse_foreign;
using signet::PasswordVerdict;
using signet::test::HasherFixture;

namespace {

constexpr auto kPassword = "correct horse battery staple"sv;
// Made by the npm package hash-wasm 4, by passlib 1.7 and, for Django, by the same package over the
// text of the salt.
const std::string kScrypt =
    "$scrypt$ln=4,r=8,p=2$AAECAwQFBgcICQoLDA0ODw$VbIe1ib8N3AGdHJ/i+4z5gayZwy70BXfZyJXhL3ev0c";
const std::string kDjango =
    "pbkdf2_sha256$1000$Xk3oZbVqP9aLrT2mN7cY1d$GbVfXObbmMR0lBAvNvJCnIOE3uWdiZw8B6L5JpPNj3k=";
const std::string kOthers[] = {
    kScrypt,
    kDjango,
    "$scrypt$ln=4,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$IZMORLo+NKM9sf3dDH1ZCk4hbDj0SQeYfTHU51eMJgU",
    "$pbkdf2-sha1$i=1000,l=20$AAECAwQFBgcICQoLDA0ODw$AOm/kOb/+YAZ3ZwSogYgNu9fO1g",
    "$pbkdf2-sha1$i=1000$AAECAwQFBgcICQoLDA0ODw$AOm/kOb/+YAZ3ZwSogYgNu9fO1g",
    "$pbkdf2-sha256$i=1000,l=32$AAECAwQFBgcICQoLDA0ODw$"
    "ppsXnjrdPB4KryJ6DrOqKqhkWrhv7PbKAMF1Eml8cZ4",
    "$pbkdf2-sha512$i=1000,l=64$AAECAwQFBgcICQoLDA0ODw$"
    "A6AmFIti7CKlYdoPiV9jf1d9llp37o27Wms8Zx8fwMJGCOigJzAthOW3Pg+XF5PnNiYnsQsIz1N5NtynrEm78w",
    "$pbkdf2$1000$AAECAwQFBgcICQoLDA0OD/v/$tNq0NiDZUGKr/Xl7cYaZNFc85nE",
    "$pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0OD/v/$G6NUSDy6iProk3xlBy9YnHGmDd2E4k7rGn6/MVq47m8",
    "$pbkdf2-sha512$1000$AAECAwQFBgcICQoLDA0OD/v/$"
    "Nm8AINZ79awqKzoDso5DRr/1DfTpvRiS9ODTdpDccaGiY3Dhkm65WAiSqTl28G8KvWpk7qYUfs0y216/MMhGbg",
    "$argon2d$v=19$m=64,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$dghoiRPSRKBbaaCRimSJwR//QWj12/Ib4j98W2I/aGM",
};
// The example of https://github.com/firebase/scrypt.
constexpr auto kFirebasePassword = "user1password"sv;
const std::string kFirebase =
    "$firebase-scrypt$ln=14,r=8,p=1,ss=Bw==$42xEC+ixf3L2lw==$"
    "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==";
const std::string kSignerKey = *signet::base64url_decode(
    "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA");
constexpr auto kDecomposed = "Gru\u0308\u00dfe-cafe\u0301"sv;
constexpr auto kComposed = "Gr\u00fc\u00dfe-caf\u00e9"sv;
const std::string kOfNfd[] = {
    "$scrypt$ln=4,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$+Mt+mfjlEsKaWXrNqXB/WkKfROvNiATqz5Vch6Z3cvA",
    "$argon2d$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$"
    "mqLosmYTlz9yHHtg5FdMqikO9Q+5UaSr7X1JvyNkIDc",
};

}  // namespace

TEST_CASE("hashes of other services let in with the right password only, and are outdated") {
    HasherFixture fixture;
    for (const std::string& stored : kOthers) {
        CAPTURE(stored);
        CHECK_FALSE(fixture.hasher.hash_fault(stored).has_value());
        CHECK(fixture.verify(kPassword, stored) == PasswordVerdict::matches_outdated);
        CHECK(fixture.verify("correct horse battery stapl", stored) == PasswordVerdict::wrong);
        CHECK(fixture.verify("", stored) == PasswordVerdict::wrong);
        CHECK(fixture.verify(std::string(5000, 'x'), stored) == PasswordVerdict::wrong);
        CHECK(fixture.unreadable == 0);
    }
}

TEST_CASE("Firebase's published example lets in, with the signer key of the project only") {
    HasherFixture without;
    CHECK(without.hasher.hash_fault(kFirebase).has_value());
    CHECK(without.verify(kFirebasePassword, kFirebase) == PasswordVerdict::wrong);
    CHECK(without.unreadable == 1);

    signet::test::CountingRandom random;
    signet::Argon2Hasher hasher(signet::test::kTinyArgon2, random, {.signer_key = kSignerKey});
    CHECK_FALSE(hasher.hash_fault(kFirebase).has_value());
    CHECK(hasher.verify(kFirebasePassword, kFirebase).value() == PasswordVerdict::matches_outdated);
    CHECK(hasher.verify("user2password", kFirebase).value() == PasswordVerdict::wrong);
    const std::string other_key(signet::kFirebaseTagBytes, 'k');
    signet::Argon2Hasher stranger(signet::test::kTinyArgon2, random, {.signer_key = other_key});
    CHECK(stranger.verify(kFirebasePassword, kFirebase).value() == PasswordVerdict::wrong);
}

TEST_CASE("a hash that another service made of the decomposed spelling lets in with both") {
    HasherFixture fixture;
    for (const std::string& stored : kOfNfd) {
        CHECK(fixture.verify(kDecomposed, stored) == PasswordVerdict::matches_outdated);
        CHECK(fixture.verify(kComposed, stored) == PasswordVerdict::matches_outdated);
        CHECK(fixture.verify("Grusse-cafe", stored) == PasswordVerdict::wrong);
    }
}

TEST_CASE("a hash of another service beyond the limits is neither read nor computed") {
    HasherFixture fixture;
    const std::string scrypt = kScrypt.substr(kScrypt.find("$AA"));
    const std::string firebase = kFirebase.substr(kFirebase.find(",ss"));
    const std::string django = kDjango.substr(kDjango.find("$Xk"));
    const std::string sixty_four_bytes = kOthers[6].substr(kOthers[6].find("$AA"));
    for (const std::string& stored :
         {"$scrypt$ln=0,r=8,p=1" + scrypt,
          "$scrypt$ln=20,r=8,p=1" + scrypt,
          "$scrypt$ln=18,r=8,p=3" + scrypt,
          "$scrypt$ln=4,r=65,p=1" + scrypt,
          "$scrypt$ln=4,r=8,p=17" + scrypt,
          "$scrypt$ln=16,r=1,p=1" + scrypt,
          "$scrypt$ln=4294967300,r=8,p=1" + scrypt,
          "$scrypt$ln=04,r=8,p=1" + scrypt,
          "$scrypt$ln=4,r=8" + scrypt,
          "$scrypt$ln=4,p=1,r=8" + scrypt,
          "$scrypt$4$8$1" + scrypt,
          "$firebase-scrypt$ln=20,r=8,p=1" + firebase,
          "$firebase-scrypt$ln=14,r=8,p=1" + scrypt,
          "pbkdf2_sha256$4000001" + django,
          "pbkdf2_sha256$0" + django,
          "pbkdf2_sha256$" + django,
          "pbkdf2_sha256$-1" + django,
          "pbkdf2_md5$1000" + django,
          "$pbkdf2_sha256$1000" + django,
          "$pbkdf2-sha256$i=2000001" + sixty_four_bytes,
          "$pbkdf2-sha512$i=1000,l=32" + sixty_four_bytes,
          kScrypt + "$",
          kScrypt + std::string(300, 'A'),
          std::string("$scrypt$ln=4,r=8,p=1$$VbIe1ib8N3AGdHJ"),
          std::string("$scrypt$ln=4,r=8,p=1$AAAA$"),
          std::string("pbkdf2_sha256$1000$$GbVfXObbmMR0lBAvNvJCnIOE3uWdiZw8B6L5JpPNj3k=")}) {
        CAPTURE(stored);
        CHECK_FALSE(parse_foreign(stored).has_value());
        const auto fault = fixture.hasher.hash_fault(stored);
        REQUIRE(fault.has_value());
        CHECK(fault->find(stored.substr(stored.size() - 10)) == std::string::npos);
        CHECK(fixture.verify(kPassword, stored) == PasswordVerdict::wrong);
    }
    CHECK(parse_foreign("$pbkdf2-sha512$i=4000000" + sixty_four_bytes).has_value());
    CHECK(parse_foreign("$scrypt$ln=19,r=8,p=1" + scrypt).has_value());
}

TEST_CASE("a scrypt hash counts against the memory that a stored hash may ask for") {
    HasherFixture fixture;
    const std::string of_4_mib = "$scrypt$ln=12,r=8,p=1" + kScrypt.substr(kScrypt.find("$AA"));
    const std::string of_8_mib = "$scrypt$ln=13,r=8,p=1" + kScrypt.substr(kScrypt.find("$AA"));
    CHECK(parse_foreign(of_4_mib)->memory_kib() == 4096);
    CHECK_FALSE(fixture.hasher.hash_fault(of_4_mib).has_value());
    CHECK(fixture.hasher.hash_fault(of_8_mib)->find("8192 KiB") != std::string::npos);
}

TEST_CASE("no memory for a scrypt hash is an error of its own, never a wrong password") {
    signet::test::CountingRandom random;
    signet::Argon2Hasher hasher(
        signet::test::kTinyArgon2, random,
        {.derive_foreign = [](const ForeignHash&, std::string_view, std::string_view,
                              std::span<char>) { return false; }});
    CHECK(hasher.verify(kPassword, kScrypt).error().errc == signet::Errc::out_of_memory);
}

TEST_CASE("a cheap hash of another service is topped up to today's cost, right or wrong") {
    HasherFixture fixture({4096, 1, 1});
    for (const auto password : {kPassword, "wrong"sv}) {
        fixture.verify(password, kDjango);
        REQUIRE(fixture.derived.size() == 1);
        CHECK(fixture.derived.front().memory_kib == 4096 - 300);
    }
}
