#pragma once

#include "keys/key_directory.hpp"
#include "keys/key_file.hpp"
#include "keys/key_gate.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The directories of keys that came before keys.json held the keys themselves. A key was a PEM
// file. With a manifest (version 0.1) that said which files count and how old the keys are; without
// one (before that, or where an operator put his own key there) the names of the files said it:
// active-, next- or retired-<thumbprint>.pem, and any other name was that of the active key.
namespace signet::keys {

// The keys as such a directory holds them. `file.obsolete` names what is to be deleted once
// keys.json holds them.
struct OldDirectory {
    KeyFile file;
    std::vector<std::string> errors;  // whole sentences that name a file
    std::vector<std::string> strays;  // names of .pem files that no key of the manifest refers to
};

// Keys that a manifest names are judged as `judged` says; the gate has seen them. Nobody vouches
// for a key that was put there by hand, so it goes through the gate each time. The caller wipes the
// private parts.
OldDirectory read_with_manifest(const KeyDirectory& directory, std::string_view manifest,
                                Judged judged);
OldDirectory read_without_manifest(const KeyDirectory& directory, std::int64_t now_s);

}  // namespace signet::keys
