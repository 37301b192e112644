#pragma once

#include "keys/rotation_job.hpp"
#include "support/fake_key_home.hpp"
#include "support/forge.hpp"
#include "support/stored_pairs.hpp"

#include <signet/service/sign_in.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace signet::test {

class HandClock final : public Clock {
public:
    std::int64_t now_s() const override { return now; }
    std::int64_t now = kNow;
};

inline keys::Sealer sealer(char filler) {
    return *keys::Sealer::make({std::string(32, filler)});
}

// One process that rotates keys. Several with the same table are replicas.
struct Replica {
    explicit Replica(std::shared_ptr<FakeKeyTable> table, char kek = 'a',
                     std::int64_t tokens_ttl_s = 170)
        : ttl_s(tokens_ttl_s),
          home(std::move(table)),
          codec(sealer(kek)),
          ring(tokens::KeySet(), options(tokens_ttl_s)),
          job({home,
               codec,
               ring,
               {.period_s = 1000, .publish_ahead_s = 100, .tokens_ttl_s = tokens_ttl_s},
               {std::string(tokens::kEs256), 2048},
               [this](const keys::KeyEvent& event) { events.push_back(event); },
               &clock}) {}

    static tokens::KeyringOptions options(std::int64_t tokens_ttl_s) {
        tokens::KeyringOptions out;
        out.issuer = kIssuer;
        out.ttl_s_max = tokens_ttl_s;
        out.steady_now = &Replica::steady_now;
        return out;
    }

    // Moves the clock of all replicas forward.
    void pass(std::int64_t s) {
        home.advance(s);
        clock.now += s;
        steady += std::chrono::seconds(s);
    }
    // Returns a token as it would be issued now.
    Result<std::string> issue() const {
        auto claims = good_claims();
        claims.issued_at_s = clock.now - kIssuedAtBackdateS;
        claims.expires_at_s = clock.now + ttl_s;
        return ring.sign(claims);
    }
    std::size_t published() const { return ring.list().size(); }

    static std::chrono::steady_clock::time_point steady_now() { return steady; }
    static inline std::chrono::steady_clock::time_point steady{std::chrono::seconds(1000)};

    std::int64_t ttl_s = 170;
    FakeKeyHome home;
    keys::SealedCodec codec;
    tokens::Keyring ring;
    HandClock clock;
    std::vector<keys::KeyEvent> events;
    keys::RotationJob job;
};

inline std::shared_ptr<FakeKeyTable> new_table() {
    auto table = std::make_shared<FakeKeyTable>();
    table->now_s = kNow;
    return table;
}

// Returns the key in that state.
inline StoredKey in_state(FakeKeyHome& home, KeyState state) {
    const KeyView view = *home.load();
    for (const StoredKey& key : view.keys) {
        if (key.life.state == state) {
            return key;
        }
    }
    FAIL("no key is in that state");
    return {};
}

}  // namespace signet::test
