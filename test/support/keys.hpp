#pragma once

#include "tokens/key_set.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

// RSA keys for tests. Making one takes a quarter of a second, so each is made once per process,
// when it is first used.
namespace signet::test {

inline const tokens::KeyPair& key(std::size_t index) {
    static std::vector<tokens::KeyPair> keys;
    while (keys.size() <= index) {
        keys.push_back(*tokens::KeyPair::generate("RS256", 2048));
    }
    return keys[index];
}

// Returns a key of a set, with its thumbprint as kid.
inline tokens::Key key_of_set(std::size_t index, signet::KeyState state,
                              std::int64_t created_at_s = 0) {
    const tokens::KeyPair& rsa = key(index);
    return {rsa.thumbprint(), std::string(tokens::kAlg), state, created_at_s, rsa};
}

// Returns a set of key number `active` only.
inline tokens::KeySet lone_key(std::size_t active) {
    std::vector<tokens::Key> keys;
    keys.push_back(key_of_set(active, signet::KeyState::active));
    return *tokens::KeySet::make(std::move(keys));
}

}  // namespace signet::test
