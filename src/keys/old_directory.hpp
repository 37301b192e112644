#pragma once

#include "keys/key_directory.hpp"
#include "keys/key_file.hpp"
#include "keys/key_gate.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Reads the directories of keys that were in use before keys.json held the keys themselves. A key
// was a PEM file. In version 0.1 a manifest said which files count and how old the keys are.
// Without one (before that, or if an operator put a key of their own there) the names of the files
// said it: active-, next- or retired-<thumbprint>.pem, and any other name was that of the active
// key.
namespace signet::keys {

// The keys as such a directory holds them. `file.obsolete` names what is to be deleted once
// keys.json holds them.
struct OldDirectory {
    KeyFile file;
    std::vector<std::string> errors;  // whole sentences that name a file
    std::vector<std::string> strays;  // names of .pem files that no key of the manifest refers to
};

// Keys that a manifest names went through the gate before, so they are judged as `judged` says. A
// key that was put there by hand did not, so it goes through the gate each time. The caller wipes
// the private parts.
OldDirectory read_with_manifest(const KeyDirectory& directory, std::string_view manifest,
                                Judged judged);
OldDirectory read_without_manifest(const KeyDirectory& directory, std::int64_t now_s);

}  // namespace signet::keys
