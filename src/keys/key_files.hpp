#pragma once

#include "keys/key_directory.hpp"
#include "keys/rotation.hpp"
#include "tokens/key_set.hpp"

#include <optional>
#include <string>
#include <vector>

namespace signet::keys {

// The keys, or everything that is wrong with them: whole sentences that name files and variables
// and never hold a byte of a key. Exactly one of the two is there.
struct KeyLoad {
    std::optional<tokens::KeySet> keys;
    std::vector<std::string> errors;
    bool generated = false;  // the first key was made just now
};

struct KeyFilesOptions {
    std::string directory;                              // AUTH_KEYS_DIR
    unsigned generated_bits = tokens::kRsaBitsDefault;  // AUTH_RSA_BITS
    std::string generated_alg{tokens::kAlg};            // AUTH_SIGNING_ALG
    // Where keys rotate, the first key gets its successor at once: what is published from the first
    // moment on does not change with the second.
    RotationPolicy policy = {};
};

// The keys of a DirectoryHome, held to all its rules before serving. A missing or empty directory
// gets its first key, and of several processes that start at once one makes it. Slow where
// a key is made or was put there by hand (the gate).
KeyLoad load_key_files(const KeyFilesOptions& options);

}  // namespace signet::keys
