#pragma once

#include "password/argon2_hasher.hpp"
#include "support/counting_random.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet::test {

inline constexpr Argon2Options kTinyArgon2{64, 1, 1};
inline constexpr std::uint64_t kMemoryKibMax = 4096;

// A hasher that records the options of each Argon2 call and counts the hashes that it could not
// read. Calls fail with `outcome` unless that is done.
struct HasherFixture {
    explicit HasherFixture(const Argon2Options& options = kTinyArgon2)
        : hasher(options, random,
                 {[this](std::string_view) { ++unreadable; },
                  [this](const Argon2Input& input, std::span<std::byte> tag) {
                      derived.push_back(input.options);
                      return outcome == Argon2Outcome::done ? signet::derive_argon2(input, tag)
                                                            : outcome;
                  },
                  kMemoryKibMax, std::make_shared<LongestVerification>()}) {}

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
    Argon2Outcome outcome = Argon2Outcome::done;
    Argon2Hasher hasher;
};

}  // namespace signet::test
