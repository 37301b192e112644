#include "contract/databases.hpp"
#include "contract/stored_keys.hpp"
#include "support/fake_key_home.hpp"
#include "support/postgres.hpp"
#include "support/printing.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <ctime>
#include <thread>

namespace signet::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Key homes that share one table. The same promises hold in memory and in PostgreSQL.
class FakeKeys {
public:
    FakeKeys() { table_->now_s = std::time(nullptr); }
    std::unique_ptr<KeyHome> home() const { return std::make_unique<FakeKeyHome>(table_); }
    std::size_t audit_rows() const { return table_->audit.size(); }

private:
    std::shared_ptr<FakeKeyTable> table_ = std::make_shared<FakeKeyTable>();
};

class PgKeys {
public:
    std::unique_ptr<KeyHome> home() const { return store::make_key_home(database_.options()); }
    std::size_t audit_rows() const {
        return run_sql(database_.url(), "select from signet.audit").size();
    }

private:
    PgDatabase database_;
};

KeyView view_of(KeyHome& home) {
    const auto view = home.load();
    REQUIRE(view.has_value());
    return *view;
}

TEST_CASE_TEMPLATE("a new key home has no keys, but a clock", Keys, FakeKeys, PgKeys) {
    const Keys keys;
    const auto home = keys.home();
    const KeyView view = view_of(*home);
    CHECK(view.keys.empty());
    CHECK(std::abs(view.now_s - std::time(nullptr)) <= 5);
    CHECK(home->epoch().value() == view.epoch);
}

TEST_CASE_TEMPLATE("keys are read as they were written, in the order of their kid", Keys, FakeKeys,
                   PgKeys) {
    const Keys keys;
    const auto home = keys.home();
    const std::int64_t now_s = view_of(*home).now_s;
    StoredKey foreign = retired_key("Zoë's key", now_s + 1000);
    foreign.life.foreign = true;
    foreign.life.alg = "EdDSA";
    foreign.private_part.clear();
    StoredKey revoked = retired_key("gone", now_s + 10);
    revoked.life.state = KeyState::revoked;
    revoked.life.alg = "ES256";
    revoked.private_part.clear();
    const StoredKeys expected{foreign, active_key("a", now_s), revoked, next_key("n", now_s)};
    REQUIRE(home->change(becoming({expected[3], expected[2], expected[1], expected[0]})));
    const StoredKeys sorted{expected[0], expected[1], expected[2], expected[3]};
    CHECK(view_of(*home).keys == sorted);
    CHECK(view_of(*keys.home()).keys == sorted);
}

TEST_CASE_TEMPLATE("a change is seen by others, and the epoch grows once", Keys, FakeKeys, PgKeys) {
    const Keys keys;
    const auto writer = keys.home();
    const auto reader = keys.home();
    const KeyView before = view_of(*writer);
    REQUIRE(
        writer->change(becoming({active_key("one", before.now_s), next_key("two", before.now_s)})));
    CHECK(reader->epoch().value() == before.epoch + 1);
    REQUIRE(writer->change([](const KeyView& view) -> Result<KeyHome::Edit> {
        KeyHome::Edit edit{view.keys, {{"test", "promote", "two", ""}}};
        promote_keys(edit.keys, view.now_s);
        edit.keys.push_back(next_key("three", view.now_s));
        return edit;
    }));
    const KeyView after = view_of(*reader);
    CHECK(after.epoch == before.epoch + 2);
    CHECK(find_key(after.keys, "one")->life.state == KeyState::retired);
    CHECK(find_key(after.keys, "two")->life.state == KeyState::active);
    CHECK(find_key(after.keys, "three")->life.state == KeyState::next);
    CHECK(keys.audit_rows() == 2);
}

TEST_CASE_TEMPLATE("an error of the change is returned, and nothing is written", Keys, FakeKeys,
                   PgKeys) {
    const Keys keys;
    const auto home = keys.home();
    const auto changed = home->change([](const KeyView&) -> Result<KeyHome::Edit> {
        return Error{Errc::no_signing_key, "not today"};
    });
    REQUIRE(changed.has_error());
    CHECK(changed.error().errc == Errc::no_signing_key);
    CHECK(changed.error().log_detail == "not today");
    CHECK(view_of(*home).epoch == 0);
    CHECK(keys.audit_rows() == 0);
}

TEST_CASE_TEMPLATE("a change without an audit row writes nothing", Keys, FakeKeys, PgKeys) {
    const Keys keys;
    const auto home = keys.home();
    REQUIRE(home->change([](const KeyView& view) -> Result<KeyHome::Edit> {
        return KeyHome::Edit{{active_key("one", view.now_s)}, {}};
    }));
    CHECK(view_of(*home).keys.empty());
    CHECK(view_of(*home).epoch == 0);
}

TEST_CASE_TEMPLATE("a next key that is withdrawn can be replaced in the same change", Keys,
                   FakeKeys, PgKeys) {
    const Keys keys;
    const auto home = keys.home();
    const std::int64_t now_s = view_of(*home).now_s;
    REQUIRE(home->change(becoming({active_key("a", now_s), next_key("b", now_s)})));
    REQUIRE(home->change(becoming({active_key("a", now_s), next_key("c", now_s)})));
    CHECK(find_key(view_of(*home).keys, "b") == nullptr);
    CHECK(find_key(view_of(*home).keys, "c") != nullptr);
}

TEST_CASE_TEMPLATE("a change that breaks a rule leaves the keys as they were", Keys, FakeKeys,
                   PgKeys) {
    const Keys keys;
    const auto home = keys.home();
    const std::int64_t now_s = view_of(*home).now_s;
    const StoredKeys good{active_key("a", now_s), next_key("b", now_s),
                          retired_key("c", now_s + 500)};
    REQUIRE(home->change(becoming(good)));
    StoredKeys two_active = good;
    two_active[1].life.state = KeyState::active;
    StoredKeys other_half = good;
    other_half[0].public_part = "another";
    StoredKeys sooner = good;
    --*sooner[2].life.remove_after_s;
    StoredKeys unwiped = good;
    unwiped[1].life.state = KeyState::revoked;
    StoredKeys unsealed = good;
    unsealed[0].private_part.clear();
    StoredKeys shorter = good;
    --shorter[0].life.tokens_ttl_s;
    StoredKeys hasty = good;
    promote_keys(hasty, now_s, good[0].life.tokens_ttl_s + 119);
    const StoredKeys no_active{good[1], good[2]};
    const StoredKeys no_retired{good[0], good[1]};
    for (const StoredKeys& bad : {two_active, other_half, sooner, unwiped, unsealed, shorter, hasty,
                                  no_active, no_retired}) {
        const auto changed = home->change(becoming(bad));
        REQUIRE(changed.has_error());
        CHECK(changed.error().errc == Errc::store_failed);
        CHECK(view_of(*home).keys == good);
    }
    CHECK(view_of(*home).epoch == 1);
    CHECK(keys.audit_rows() == 1);
}

TEST_CASE_TEMPLATE("a retired key can be removed once its time has come", Keys, FakeKeys, PgKeys) {
    const Keys keys;
    const auto home = keys.home();
    const std::int64_t now_s = view_of(*home).now_s;
    const StoredKey active = active_key("a", now_s);
    REQUIRE(home->change(becoming({active, retired_key("old", now_s)})));
    REQUIRE(home->change(becoming({active})));
    CHECK(view_of(*home).keys == StoredKeys{active});
}

TEST_CASE_TEMPLATE("a revoked key can be removed once its time has come", Keys, FakeKeys, PgKeys) {
    const Keys keys;
    const auto home = keys.home();
    const std::int64_t now_s = view_of(*home).now_s;
    const StoredKey active = active_key("a", now_s);
    StoredKey revoked = retired_key("gone", now_s);
    revoked.life.state = KeyState::revoked;
    revoked.private_part.clear();
    REQUIRE(home->change(becoming({active, revoked})));
    REQUIRE(home->change(becoming({active})));
    CHECK(view_of(*home).keys == StoredKeys{active});
    CHECK(keys.audit_rows() == 2);
}

// What every thread of a race does: it promotes if the keys are still those that it saw.
Result<KeyHome::Edit> promote_once(const KeyView& view, std::uint64_t seen, const std::string& kid,
                                   std::atomic<int>& promoted) {
    if (view.epoch != seen) {
        return KeyHome::Edit{view.keys, {}};
    }
    KeyHome::Edit edit{view.keys, {{"rotation", "promote", kid, ""}}};
    promote_keys(edit.keys, view.now_s);
    edit.keys.push_back(next_key(kid, view.now_s));
    ++promoted;
    return edit;
}

TEST_CASE_TEMPLATE("ten concurrent promotions make one transition", Keys, FakeKeys, PgKeys) {
    constexpr int kRacers = 10;
    constexpr int kRounds = 5;
    const Keys keys;
    const auto home = keys.home();
    const std::int64_t now_s = view_of(*home).now_s;
    REQUIRE(home->change(becoming({active_key("first", now_s), next_key("second", now_s)})));
    std::atomic<int> promoted{0};
    std::atomic<int> failed{0};
    for (int round = 0; round < kRounds; ++round) {
        std::barrier together(kRacers);
        std::vector<std::jthread> racers;
        for (int racer = 0; racer < kRacers; ++racer) {
            racers.emplace_back([&, racer, round] {
                const auto mine = keys.home();
                const auto seen = mine->epoch();
                together.arrive_and_wait();
                const std::string kid = std::to_string(round) + '-' + std::to_string(racer);
                const auto changed = mine->change([&](const KeyView& view) {
                    return promote_once(view, seen.value(), kid, promoted);
                });
                failed += changed ? 0 : 1;
            });
        }
        racers.clear();
        CHECK(promoted == round + 1);
        CHECK(view_of(*home).epoch == static_cast<std::uint64_t>(round) + 2);
    }
    CHECK(failed == 0);
    CHECK(view_of(*home).keys.size() == kRounds + 2);
}

// Returns how long after a change by `writer` a waiting reader wakes up.
milliseconds waking_time(KeyHome& writer, KeyHome& reader, const KeyHome::Change& change) {
    steady_clock::time_point changed_at;
    std::jthread later([&] {
        std::this_thread::sleep_for(milliseconds(200));
        changed_at = steady_clock::now();
        CHECK(writer.change(change));
    });
    CHECK(reader.wait(milliseconds(20'000)));
    const auto woken_at = steady_clock::now();
    later.join();
    CHECK(woken_at >= changed_at);
    return std::chrono::duration_cast<milliseconds>(woken_at - changed_at);
}

TEST_CASE_TEMPLATE("a change by another process ends a wait within 200 ms", Keys, FakeKeys,
                   PgKeys) {
    const Keys keys;
    const auto writer = keys.home();
    const auto reader = keys.home();
    const std::int64_t now_s = view_of(*reader).now_s;
    reader->wait(milliseconds(1));
    // The best of several tries counts, because the machine may be busy with something else.
    milliseconds best(20'000);
    for (int round = 0; round < 5; ++round) {
        const StoredKey key = retired_key(std::to_string(round), now_s);
        best = std::min(best, waking_time(*writer, *reader, adding(key)));
    }
    CHECK(best < milliseconds(200));
}

TEST_CASE_TEMPLATE("a change between two waits ends the second at once", Keys, FakeKeys, PgKeys) {
    const Keys keys;
    const auto writer = keys.home();
    const auto reader = keys.home();
    const std::int64_t now_s = view_of(*reader).now_s;
    reader->wait(milliseconds(50));
    REQUIRE(writer->change(adding(active_key("one", now_s))));
    const auto begin = steady_clock::now();
    CHECK(reader->wait(milliseconds(20'000)));
    CHECK(steady_clock::now() - begin < milliseconds(5000));
}

TEST_CASE_TEMPLATE("a wait without a change ends at its time-out", Keys, FakeKeys, PgKeys) {
    const Keys keys;
    const auto home = keys.home();
    view_of(*home);
    home->wait(milliseconds(50));
    const auto begin = steady_clock::now();
    CHECK_FALSE(home->wait(milliseconds(300)));
    const auto waited = steady_clock::now() - begin;
    CHECK(waited >= milliseconds(300));
    CHECK(waited < milliseconds(2000));
}

}  // namespace
}  // namespace signet::test
