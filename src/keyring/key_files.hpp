#pragma once

#include "keyring/key_directory.hpp"
#include "keyring/key_set.hpp"

#include <optional>
#include <string>
#include <vector>

namespace signet::keyring {

// The keys, or everything that is wrong with them: whole sentences that name files and variables
// and never hold a byte of a key. Exactly one of the two is there.
struct KeyLoad {
    std::optional<KeySet> keys;
    std::vector<std::string> errors;
    bool generated = false;  // the first key was made just now
};

struct KeyFilesOptions {
    std::string directory;           // AUTH_KEYS_DIR
    unsigned generated_bits = 2048;  // AUTH_RSA_BITS
};

// Reads <state>-<kid>.pem for the states active, next and retired; a .pem file of any other name
// counts as active, so that an operator may put a key of his own there. The kid is the key's
// thumbprint. A retired key may be public only. A missing or empty directory gets its first key,
// and of several processes that start at once one makes it. Slow (key generation): before serving.
KeyLoad load_key_files(const KeyFilesOptions& options);

// Writes a key under its name in the directory. `key` has a private half. Errors: no_signing_key,
// internal.
Result<void> write_key_file(const KeyDirectory& directory, KeyState state, const RsaKey& key);

}  // namespace signet::keyring
