#pragma once

#include "support/stored_pairs.hpp"

#include <signet/ports/key_home.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

// Checks what every key home promises. The functions take a factory whose key homes share one store
// that is empty at first. They run on the directory, on the fake and on PostgreSQL.
namespace signet::test {

using HomeFactory = std::function<std::unique_ptr<KeyHome>()>;

inline StoredKeys by_kid(StoredKeys keys) {
    std::ranges::sort(keys, {}, [](const StoredKey& key) { return key.life.kid; });
    return keys;
}

inline KeyView loaded(KeyHome& home) {
    const auto view = home.load();
    REQUIRE_MESSAGE(view.has_value(), view.error().log_detail);
    return *view;
}

inline void check_starts_empty(const HomeFactory& make, const keys::KeyCodec& /*codec*/) {
    const auto home = make();
    const KeyView view = loaded(*home);
    CHECK(view.keys.empty());
    CHECK(*home->epoch() == view.epoch);
}

inline void check_keeps_what_it_is_given(const HomeFactory& make, const keys::KeyCodec& codec) {
    const auto writer = make();
    const auto reader = make();
    const std::int64_t now_s = loaded(*writer).now_s;
    const StoredKeys keys{stored_key(KeyState::active, now_s, codec),
                          stored_key(KeyState::next, now_s, codec),
                          stored_key(KeyState::retired, now_s, codec)};
    REQUIRE(writer->change(becoming_keys(keys)).has_value());
    CHECK(by_kid(loaded(*reader).keys) == by_kid(keys));
    CHECK(by_kid(loaded(*writer).keys) == by_kid(keys));
}

inline void check_epoch_tells_of_changes(const HomeFactory& make, const keys::KeyCodec& codec) {
    const auto writer = make();
    const auto reader = make();
    const KeyView before = loaded(*reader);
    CHECK(*reader->epoch() == before.epoch);
    REQUIRE(writer->change(becoming_keys({stored_key(KeyState::active, before.now_s, codec)}))
                .has_value());
    CHECK(*reader->epoch() > before.epoch);
    const KeyView after = loaded(*reader);
    CHECK(after.epoch > before.epoch);
    CHECK(*reader->epoch() == after.epoch);
}

inline void check_no_audit_means_no_change(const HomeFactory& make, const keys::KeyCodec& codec) {
    const auto home = make();
    const KeyView before = loaded(*home);
    REQUIRE(home->change([&](const KeyView&) -> Result<KeyHome::Edit> {
                    return KeyHome::Edit{{stored_key(KeyState::active, before.now_s, codec)}, {}};
                })
                .has_value());
    CHECK(loaded(*home).keys.empty());
}

inline void check_an_error_leaves_the_keys(const HomeFactory& make, const keys::KeyCodec& codec) {
    const auto home = make();
    const StoredKeys keys{stored_key(KeyState::active, loaded(*home).now_s, codec)};
    REQUIRE(home->change(becoming_keys(keys)).has_value());
    const auto changed = home->change(
        [](const KeyView&) -> Result<KeyHome::Edit> { return Error(Errc::invalid_input, "no"); });
    REQUIRE_FALSE(changed.has_value());
    CHECK(changed.error().errc == Errc::invalid_input);
    CHECK(loaded(*home).keys == keys);
}

inline void check_lifetimes_are_raised(const HomeFactory& make, const keys::KeyCodec& codec) {
    const auto home = make();
    const StoredKey key = stored_key(KeyState::active, loaded(*home).now_s, codec);
    REQUIRE(home->change(becoming_keys({key})).has_value());
    REQUIRE(home->change([](const KeyView& view) -> Result<KeyHome::Edit> {
                    KeyHome::Edit edit{view.keys, {{"test", "raise", view.keys[0].life.kid, ""}}};
                    edit.keys[0].life.tokens_ttl_s = 3600;
                    return edit;
                })
                .has_value());
    const StoredKeys keys = loaded(*make()).keys;
    REQUIRE(keys.size() == 1);
    CHECK(keys[0].life.tokens_ttl_s == 3600);
    CHECK(keys[0].private_part == key.private_part);
}

inline void check_two_active_keys_are_refused(const HomeFactory& make,
                                              const keys::KeyCodec& codec) {
    const auto home = make();
    const std::int64_t now_s = loaded(*home).now_s;
    CHECK_FALSE(home->change(becoming_keys({stored_key(KeyState::active, now_s, codec),
                                            stored_key(KeyState::active, now_s, codec)}))
                    .has_value());
    CHECK(loaded(*home).keys.empty());
}

// Ten threads at once create the first key if there is none. Exactly one does.
inline void check_ten_at_once_make_one_change(const HomeFactory& make,
                                              const keys::KeyCodec& codec) {
    std::atomic<int> made{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 10; ++i) {
            threads.emplace_back([&] {
                const auto home = make();
                const StoredKey key = stored_key(KeyState::active, 1'800'000'000, codec);
                bool mine = false;
                const auto changed =
                    home->change([&](const KeyView& view) -> Result<KeyHome::Edit> {
                        if (!view.keys.empty()) {
                            return KeyHome::Edit{view.keys, {}};
                        }
                        mine = true;
                        return KeyHome::Edit{{key}, {{"test", "stage", key.life.kid, ""}}};
                    });
                made += changed.has_value() && mine ? 1 : 0;
            });
        }
    }
    CHECK(made == 1);
    CHECK(loaded(*make()).keys.size() == 1);
}

}  // namespace signet::test
