#pragma once

#include <signet/ports/key_home.hpp>

#include <string>

namespace signet::test {

// Keys as a home keeps them, with texts in place of PEM and of a sealed private part.
StoredKey next_key(const std::string& kid, std::int64_t now_s);
StoredKey active_key(const std::string& kid, std::int64_t now_s);
StoredKey retired_key(const std::string& kid, std::int64_t remove_after_s);

// Null when there is none.
const StoredKey* find_key(const StoredKeys& keys, const std::string& kid);
const StoredKey* find_key(const StoredKeys& keys, KeyState state);

// The next key signs from `now_s` on, the active one until `now_s` + `keep_s` is published.
void promote_keys(StoredKeys& keys, std::int64_t now_s, std::int64_t keep_s = 900);

// Adds a key to what is there.
KeyHome::Change adding(StoredKey key);
// Replaces all keys.
KeyHome::Change becoming(StoredKeys keys);

}  // namespace signet::test
