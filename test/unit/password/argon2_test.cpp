#include "password/argon2.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

using signet::Argon2Options;
using signet::Argon2Outcome;

namespace {

constexpr std::string_view kPassword = "correct horse battery staple";

// Whether `password` derives the tag of `stored`, a vector made by another implementation (the npm
// package hash-wasm 4).
bool derives(std::string_view stored, std::string_view password = kPassword) {
    const auto hash = signet::parse_phc(stored);
    REQUIRE(hash.has_value());
    std::string tag(hash->tag.size(), '\0');
    const auto outcome = signet::derive_argon2({hash->variant, hash->options, password, hash->salt},
                                               std::as_writable_bytes(std::span<char>(tag)));
    CHECK(outcome == Argon2Outcome::done);
    return tag == hash->tag;
}

Argon2Outcome outcome_of(const Argon2Options& options, std::string_view salt) {
    std::string tag(32, '\0');
    return signet::derive_argon2({signet::Argon2Variant::argon2id, options, kPassword, salt},
                                 std::as_writable_bytes(std::span<char>(tag)));
}

// While it lives, the process can map 32 MiB more and no byte beyond.
class LittleMemory {
public:
    LittleMemory() {
        std::size_t mapped_pages = 0;
        std::ifstream("/proc/self/statm") >> mapped_pages;
        const auto page_bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
        getrlimit(RLIMIT_AS, &before_);
        rlimit little = before_;
        little.rlim_cur = mapped_pages * page_bytes + (std::size_t{32} << 20);
        setrlimit(RLIMIT_AS, &little);
    }
    ~LittleMemory() { setrlimit(RLIMIT_AS, &before_); }
    LittleMemory(const LittleMemory&) = delete;
    LittleMemory& operator=(const LittleMemory&) = delete;

private:
    rlimit before_{};
};

Argon2Outcome outcome_in_little_memory(const Argon2Options& options) {
    const std::string salt(16, 's');
    CHECK(outcome_of(options, salt) == Argon2Outcome::done);
    const LittleMemory little;
    return outcome_of(options, salt);
}

}  // namespace

TEST_CASE("Argon2id at the default options gives the tag of another implementation") {
    CHECK(
        derives("$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$"
                "gYJZtjEAJqjg26xdLmknq8/bB7MiWPrE9hsYuA+SkIU"));
}

TEST_CASE("Argon2id with few resources gives the tag of another implementation") {
    const auto* stored =
        "$argon2id$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$"
        "ktxdZwGWI4aL3geSdeUi9LfoIT00FO2Fy8KsikERcog";
    CHECK(derives(stored));
    CHECK_FALSE(derives(stored, "correct horse battery stapl"));
    CHECK_FALSE(derives(stored, ""));
}

TEST_CASE("Argon2id with four lanes gives the tag of another implementation") {
    CHECK(
        derives("$argon2id$v=19$m=64,t=2,p=4$AAECAwQFBgcICQoLDA0ODw$"
                "XOUqt6TPBV9zuyxSQ6xdqpfdyu4R2tZComDbos80U3k"));
}

TEST_CASE("Argon2id with a short salt gives the tag of another implementation") {
    CHECK(
        derives("$argon2id$v=19$m=64,t=2,p=1$AAECAwQFBgc$"
                "vJrKyyYkD8olWdOv2lqhWawkShbaWU45soK1G+D1Q04"));
}

TEST_CASE("Argon2id with tags of 16 and 64 bytes gives those of another implementation") {
    CHECK(derives("$argon2id$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$1kngLuPxAJ8U4YwtJr8oGg"));
    CHECK(
        derives("$argon2id$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$"
                "ky3d6Zum7dS7lA1FJD6C3WM7to+rBWDHca3KMUlnq935X0efvEXX/vm6ZVJ1/"
                "GTghTDB5bzWvl89L2KN7DgUrw"));
}

TEST_CASE("Argon2i gives the tag of another implementation") {
    CHECK(
        derives("$argon2i$v=19$m=64,t=3,p=1$AAECAwQFBgcICQoLDA0ODw$"
                "C8W2xoWFXVw5yOZgMePINu7i1XC/kkjTfqJcYyNNb80"));
}

TEST_CASE("memory that the kernel refuses is told as such, with one lane and with several") {
    CHECK(outcome_in_little_memory({65536, 1, 1}) == Argon2Outcome::out_of_memory);
    CHECK(outcome_in_little_memory({65536, 1, 2}) == Argon2Outcome::out_of_memory);
}

TEST_CASE("options that Argon2 does not know are refused, not taken for missing memory") {
    CHECK(outcome_of({1, 1, 1}, std::string(16, 's')) == Argon2Outcome::refused);
    CHECK(outcome_of({64, 0, 1}, std::string(16, 's')) == Argon2Outcome::refused);
    CHECK(outcome_of({64, 1, 1}, std::string(7, 's')) == Argon2Outcome::refused);
}

TEST_CASE("the default options and OWASP's rows can be used and are not weak") {
    for (const auto& options : {Argon2Options{}, Argon2Options{47104, 1, 1},
                                Argon2Options{7168, 5, 1}, Argon2Options{65536, 3, 4}}) {
        CHECK_FALSE(signet::argon2_options_fault(options).has_value());
        CHECK_FALSE(signet::weaker_than_owasp(options));
    }
}

TEST_CASE("options below every row of OWASP's can be used, but are weak") {
    for (const auto& options : {Argon2Options{64, 1, 1}, Argon2Options{19455, 2, 1},
                                Argon2Options{47104, 0, 1}, Argon2Options{7167, 20, 1}})
        CHECK(signet::weaker_than_owasp(options));
}

TEST_CASE("the setting that is out of its range is named") {
    const auto names = [](const Argon2Options& options, std::string_view setting) {
        const auto fault = signet::argon2_options_fault(options);
        return fault && fault->find(setting) != std::string::npos;
    };
    CHECK(names({19456, 2, 0}, "AUTH_ARGON2_LANES"));
    CHECK(names({19456, 2, 17}, "AUTH_ARGON2_LANES"));
    CHECK(names({31, 2, 4}, "AUTH_ARGON2_MEMORY_KIB"));
    CHECK(names({1048577, 1, 1}, "AUTH_ARGON2_MEMORY_KIB"));
    CHECK(names({19456, 0, 1}, "AUTH_ARGON2_ITERATIONS"));
    CHECK(names({19456, 21, 1}, "AUTH_ARGON2_ITERATIONS"));
    CHECK(names({1048576, 5, 1}, "times"));
}
