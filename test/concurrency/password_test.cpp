#include "base/system.hpp"
#include "password/argon2_hasher.hpp"
#include "password/zxcvbn_judge.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int kThreads = 4;
constexpr int kRounds = 20;
constexpr const char* kBcrypt = "$2b$04$N9qo8uLOickgx2ZMRZoMyeNK8zsWBMaMSVoubqovVQN3ypdVzHwOW";

template <class F>
void on_all_threads(F work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i)
        threads.emplace_back(work, i);
    for (auto& thread : threads)
        thread.join();
}

}  // namespace

TEST_CASE("hashers of several threads share a source of randomness and do not disturb each other") {
    signet::SystemRandom random;
    std::atomic<int> wrong_answers = 0;
    on_all_threads([&](int i) {
        const auto lanes = static_cast<std::uint32_t>(1 + i % 2);
        signet::Argon2Hasher hasher({64, 1, lanes}, random);
        const std::string password = "p\u00e4ssword of thread " + std::to_string(i);
        for (int round = 0; round < kRounds; ++round) {
            const auto made = hasher.hash(password);
            const auto right = hasher.verify(password, made.value().view());
            const auto wrong = hasher.verify("another", made.value().view());
            const auto bcrypt = hasher.verify("correct horse battery staple", kBcrypt);
            if (right.value() != signet::PasswordVerdict::matches ||
                wrong.value() != signet::PasswordVerdict::wrong ||
                bcrypt.value() != signet::PasswordVerdict::matches_outdated ||
                hasher.verify_nobody(password).has_error())
                ++wrong_answers;
        }
    });
    CHECK(wrong_answers == 0);
}

TEST_CASE("one judge answers several threads alike") {
    const signet::ZxcvbnJudge judge(8);
    const std::vector<std::string> own{"alice"};
    std::atomic<int> wrong_answers = 0;
    on_all_threads([&](int) {
        for (int round = 0; round < kRounds; ++round)
            if (!judge.judge("/password", "password1234567", own) ||
                !judge.judge("/password", "alice2024", own) ||
                judge.judge("/password", "moss under 3 bridges", own))
                ++wrong_answers;
    });
    CHECK(wrong_answers == 0);
}
