#include "tokens/token_cache.hpp"

#include "support/forge.hpp"
#include "support/keys.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

using namespace signet;
using namespace signet::tokens;
using namespace signet::test;

TEST_CASE("tokens are remembered by some threads while others take their key away and back") {
    Keyring ring(lone_key(0), {.issuer = std::string(kIssuer), .audience = std::nullopt});
    TokenCache cache(ring, 1);
    const std::string token = ring.sign(good_claims()).value();
    std::atomic<bool> gone{false};  // the key is certainly not published
    std::atomic<bool> stop{false};
    std::atomic<int> wrong{0};
    std::atomic<int> good{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([&] {
                while (!stop) {
                    const bool before = gone;
                    const std::uint64_t epoch = ring.epoch();
                    const bool taken = cache.check(token, kNow).has_value();
                    good += taken ? 1 : 0;
                    // In this order: a key that comes back is used before the epoch tells of it.
                    const bool all_along = before && gone && ring.epoch() == epoch;
                    wrong += taken && all_along ? 1 : 0;
                }
            });
        }
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
        while (std::chrono::steady_clock::now() < end) {
            ring.publish(lone_key(1));
            gone = true;
            std::this_thread::sleep_for(std::chrono::microseconds(200));
            gone = false;
            ring.publish(lone_key(0));
            std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
        stop = true;
    }
    CHECK(wrong == 0);
    CHECK(good > 0);
}
