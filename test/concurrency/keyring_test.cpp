#include "tokens/keyring.hpp"

#include "support/forge.hpp"
#include "support/keys.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

using namespace signet::tokens;
using namespace signet::test;

namespace {

// Two sets that share both keys, so that a token of either verifies under the other.
KeySet set_with_active(std::size_t active, std::size_t other) {
    return *KeySet::make(
        {key_of_set(active, KeyState::active), key_of_set(other, KeyState::retired)});
}

}  // namespace

TEST_CASE("tokens sign and verify while other threads publish key sets") {
    KeyringOptions options;
    options.issuer = kIssuer;
    Keyring ring(set_with_active(0, 1), options);
    std::atomic<bool> stop{false};
    std::atomic<int> signed_count{0};
    std::atomic<int> failures{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([&] {
                while (!stop) {
                    const auto token = ring.sign(good_claims());
                    if (!token.has_value() || !ring.verify(*token, kNow).has_value()) {
                        ++failures;
                    }
                    ++signed_count;
                }
            });
        }
        threads.emplace_back([&] {
            std::uint64_t last = 0;
            while (!stop) {
                const std::uint64_t epoch = ring.epoch();
                if (epoch < last || ring.jwks().find(key(0).thumbprint()) == std::string::npos) {
                    ++failures;
                }
                last = epoch;
            }
        });
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
        for (std::size_t i = 0; std::chrono::steady_clock::now() < end; ++i) {
            ring.publish(set_with_active(i % 2, 1 - i % 2));
            std::this_thread::yield();
        }
        stop = true;
    }
    CHECK(failures == 0);
    CHECK(signed_count > 0);
}

TEST_CASE("one key signs and verifies on many threads") {
    const KeyPair& shared = key(0);
    std::atomic<int> failures{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&, i] {
                for (int round = 0; round < 50; ++round) {
                    const std::string message = std::to_string(i) + ':' + std::to_string(round);
                    const auto signature = shared.sign(message);
                    if (!signature.has_value() || !shared.verify(message, *signature) ||
                        shared.verify(message + "x", *signature)) {
                        ++failures;
                    }
                }
            });
        }
    }
    CHECK(failures == 0);
}
