#pragma once

#include "keyring/key_set.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

// RSA keys for tests. Making one takes a quarter of a second, so each is made once a process, when
// it is first asked for.
namespace signet::test {

inline const keyring::KeyPair& key(std::size_t index) {
    static std::vector<keyring::KeyPair> keys;
    while (keys.size() <= index) {
        keys.push_back(*keyring::KeyPair::generate("RS256", 2048));
    }
    return keys[index];
}

// A key of a set, with its thumbprint as kid.
inline keyring::Key key_of_set(std::size_t index, keyring::KeyState state,
                               std::int64_t created_at_s = 0) {
    const keyring::KeyPair& rsa = key(index);
    return {rsa.thumbprint(), std::string(keyring::kAlg), state, created_at_s, rsa};
}

// Key number `active`, and nothing else.
inline keyring::KeySet lone_key(std::size_t active) {
    std::vector<keyring::Key> keys;
    keys.push_back(key_of_set(active, keyring::KeyState::active));
    return *keyring::KeySet::make(std::move(keys));
}

}  // namespace signet::test
