#include "server/key_watch.hpp"

#include "keys/key_admin.hpp"
#include "support/fake_key_home.hpp"
#include "support/printing.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace signet;
using namespace signet::server;
using namespace std::chrono_literals;
using signet::test::FakeKeyHome;
using signet::test::FakeKeyTable;

namespace {

constexpr int kNoFile = -1;
constexpr auto kPatience = 20s;

bool comes_true(const auto& condition) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        std::this_thread::sleep_for(2ms);
    }
    return true;
}

// A keyring without keys, and a home that is empty.
struct WatchBench {
    KeyWatch::Options options(std::chrono::milliseconds check = 10ms) const {
        KeyWatch::Options made;
        made.access =
            KeyAccess{std::make_unique<FakeKeyHome>(table), std::make_unique<keys::PlainCodec>()};
        made.policy = policy;
        made.making = making;
        made.check = check;
        return made;
    }

    std::shared_ptr<FakeKeyTable> table = std::make_shared<FakeKeyTable>();
    FakeKeyHome home{table};
    keys::RotationPolicy policy{
        .period_s = std::nullopt, .publish_ahead_s = 3600, .tokens_ttl_s = 900};
    keys::KeyMaking making{.alg = "ES256", .rsa_bits = 2048};
    keys::PlainCodec codec;
    tokens::Keyring keyring{tokens::KeySet{}, {.issuer = "http://auth.test", .audience = {}}};
    Log log{LogLevel::error, LogFormat::json, kNoFile};
};

}  // namespace

TEST_CASE("a watch makes the first key, and from then on tokens can be signed") {
    WatchBench bench;
    CHECK(bench.keyring.jwks().empty());
    const KeyWatch watch(bench.options(), bench.keyring, bench.log);
    CHECK(comes_true([&] { return watch.problem().empty(); }));
    CHECK_FALSE(bench.keyring.jwks().empty());
    CHECK(bench.home.load()->keys.size() == 1);
}

TEST_CASE("a watch leaves a home alone for which it is too early, and says that nothing can sign") {
    WatchBench bench;
    std::atomic<bool> migrated = false;
    std::atomic<int> asked = 0;
    KeyWatch::Options options = bench.options();
    options.obstacle = [&] {
        ++asked;
        return migrated ? std::string() : std::string("starting");
    };
    const KeyWatch watch(std::move(options), bench.keyring, bench.log);
    CHECK(comes_true([&] { return asked > 1; }));
    CHECK_FALSE(watch.problem().empty());
    CHECK(bench.home.load()->keys.empty());
    migrated = true;
    CHECK(comes_true([&] { return watch.problem().empty(); }));
}

TEST_CASE("a watch has each change of a rotation noted, once it can be") {
    WatchBench bench;
    std::atomic<int> refused = 0;
    std::vector<std::string> noted;
    std::mutex mutex;
    KeyWatch::Options options = bench.options();
    options.note = [&](const KeyAudit& row) -> Result<void> {
        if (refused < 3) {
            ++refused;
            return Errc::store_unavailable;
        }
        const std::lock_guard lock(mutex);
        noted.push_back(row.actor + ' ' + row.action);
        return {};
    };
    const KeyWatch watch(std::move(options), bench.keyring, bench.log);
    CHECK(comes_true([&] {
        const std::lock_guard lock(mutex);
        return noted == std::vector<std::string>{"rotation stage"};
    }));
}

TEST_CASE("a watch follows what a command changes as soon as the home hints at it") {
    WatchBench bench;
    const KeyWatch watch(bench.options(1h), bench.keyring, bench.log);
    REQUIRE(comes_true([&] { return watch.problem().empty(); }));
    const auto epoch = bench.keyring.epoch();
    keys::KeyAdmin admin(bench.home, bench.codec, bench.policy, bench.making);
    REQUIRE(admin.stage(std::nullopt, keys::Run::execute));
    CHECK(comes_true([&] { return bench.keyring.epoch() > epoch; }));
    CHECK(bench.keyring.list().size() == 2);
}

TEST_CASE("a watch looks often enough to go on signing, however seldom it is told to look") {
    CHECK(KeyWatch::Options{}.look_max == kKeyLookMax);
    CHECK(3 * kKeyLookMax < std::chrono::seconds(tokens::kViewAgeMaxS));
    WatchBench bench;
    KeyWatch::Options options = bench.options(1h);
    options.look_max = 10ms;
    const KeyWatch watch(std::move(options), bench.keyring, bench.log);
    REQUIRE(comes_true([&] { return watch.problem().empty(); }));
    const auto epoch = bench.keyring.epoch();
    {
        // No notification announces it.
        const std::lock_guard lock(bench.table->mutex);
        bench.table->keys[0].life.created_at_s -= 1;
        ++bench.table->epoch;
    }
    CHECK(comes_true([&] { return bench.keyring.epoch() > epoch; }));
}

TEST_CASE("a watch outlives an outage of the home, and names it while nothing can be signed") {
    WatchBench bench;
    bench.home.set_outage(Errc::store_unavailable);
    const KeyWatch watch(bench.options(), bench.keyring, bench.log);
    CHECK(comes_true(
        [&] { return watch.problem().find("database-unavailable") != std::string::npos; }));
    bench.home.set_outage(std::nullopt);
    CHECK(comes_true([&] { return watch.problem().empty(); }));
}

TEST_CASE("a watch that waits for a change ends as soon as it is asked to") {
    WatchBench bench;
    const auto began = std::chrono::steady_clock::now();
    {
        const KeyWatch watch(bench.options(1h), bench.keyring, bench.log);
        REQUIRE(comes_true([&] { return watch.problem().empty(); }));
    }
    CHECK(std::chrono::steady_clock::now() - began < kPatience);
}

TEST_CASE("with a fixed key there is nothing to watch") {
    auto pair = tokens::KeyPair::generate("ES256");
    REQUIRE(pair);
    WatchBench bench;
    bench.keyring.publish(
        *tokens::KeySet::make({{.kid = pair->thumbprint(), .alg = "ES256", .key = *pair}}));
    const KeyWatch watch({}, bench.keyring, bench.log);
    CHECK(watch.problem().empty());
}
