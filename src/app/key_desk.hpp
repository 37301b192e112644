#pragma once

#include "app/command_keys.hpp"
#include "app/commands.hpp"
#include "app/config.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace signet::app {

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
int run_keys(KeyVerb verb, const KeyArguments& arguments, const Config& config,
             const CommandIo& io);

}  // namespace signet::app
