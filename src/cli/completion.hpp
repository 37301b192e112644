#pragma once

#include <cstdint>
#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11 calls itself so
class App;
}

namespace signet::cli {

enum class Shell : std::uint8_t { bash, zsh, fish };

// Returns a script for the shell that completes the commands and options of `app`. It is made from
// `app`, so that it names what this binary takes, and no more.
std::string completion_script(const CLI::App& app, Shell shell);

}  // namespace signet::cli
