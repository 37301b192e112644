#pragma once

#include <signet/ports/key_home.hpp>

#include <string>

namespace signet::test {

// These return keys as a key home stores them, with texts in place of PEM and of sealed private
// parts.
StoredKey next_key(const std::string& kid, std::int64_t now_s);
StoredKey active_key(const std::string& kid, std::int64_t now_s);
StoredKey retired_key(const std::string& kid, std::int64_t remove_after_s);

// Returns null if there is none.
const StoredKey* find_key(const StoredKeys& keys, const std::string& kid);
const StoredKey* find_key(const StoredKeys& keys, KeyState state);

// Makes the next key active from `now_s` on, and retires the active one, which stays published
// until `now_s` + `keep_s`.
void promote_keys(StoredKeys& keys, std::int64_t now_s, std::int64_t keep_s = 900);

// Returns a change that adds a key.
KeyHome::Change adding(StoredKey key);
// Returns a change that replaces all keys.
KeyHome::Change becoming(StoredKeys keys);

}  // namespace signet::test
