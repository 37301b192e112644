#pragma once

#include "cli/commands.hpp"
#include "cli/keys.hpp"
#include "config/config.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace signet::cli {

enum class KeyVerb : std::uint8_t {
    list,
    stage,
    promote,
    retire,
    revoke,
    rewrap,
    export_set,
    import_key
};

// What was written behind `signet keys`.
struct KeyArguments {
    std::string kid;
    std::optional<std::string> alg;
    KeyImport import_key;
    bool force = false;
    bool yes = false;
    bool json = false;
};

// Opens the home of the keys, wherever they live, and runs one command on it; the exit code. A
// fixed key is listed and exported, and no more. Changes are audited under the name of the user of
// this process.
int run_keys(KeyVerb verb, const KeyArguments& arguments, const config::Config& config,
             const CommandIo& io);

}  // namespace signet::cli
