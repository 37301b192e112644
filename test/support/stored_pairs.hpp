#pragma once

#include "keys/stored_keys.hpp"

#include <signet/ports/key_home.hpp>

#include <cstdint>
#include <string>
#include <string_view>

// Stored keys with real parts. They are on P-256, because such keys are made quickly.
namespace signet::test {

inline StoredKey stored_key(KeyState state, std::int64_t now_s,
                            const keys::KeyCodec& codec = keys::PlainCodec()) {
    StoredKey key = *keys::make_new_key(tokens::kEs256, 2048, codec);
    key.life.state = state;
    key.life.created_at_s = now_s;
    key.life.published_at_s = now_s;
    key.life.active_after_s = now_s;
    key.life.tokens_ttl_s = 900;
    if (state == KeyState::active) {
        key.life.activated_at_s = now_s;
    } else if (state != KeyState::next) {
        key.life.retired_at_s = now_s;
        key.life.remove_after_s = now_s + 900 + 130;
    }
    if (state == KeyState::revoked) {
        key.private_part.clear();
    }
    return key;
}

// Returns a change that replaces all keys and writes an audit row.
inline KeyHome::Change becoming_keys(StoredKeys keys, std::string_view why = "test") {
    return
        [keys = std::move(keys), why = std::string(why)](const KeyView&) -> Result<KeyHome::Edit> {
            return KeyHome::Edit{keys, {{"test", why, keys.empty() ? "" : keys[0].life.kid, ""}}};
        };
}

}  // namespace signet::test
