#pragma once

#include "cli/key_desk.hpp"

#include <functional>
#include <span>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11 calls itself so
class App;
}

namespace signet::cli {

// The words of a command line, `argv[0]` first, made safe for a kid that begins with a hyphen, as
// one thumbprint in 64 does (RFC 7638): after `keys retire` and `keys revoke` such a word stands
// last, behind `--`, where no option is looked for.
std::vector<const char*> with_kid_last(std::span<const char* const> words);

// The words behind `signet keys`, and what they say.
class KeyWords {
public:
    // Adds the commands to `group`, which has to live as long as this. `choose` is told which one
    // was written, once all of its words are read.
    KeyWords(CLI::App& group, std::function<void(KeyVerb)> choose);
    KeyWords(const KeyWords&) = delete;
    KeyWords& operator=(const KeyWords&) = delete;

    const KeyArguments& arguments() const { return arguments_; }

private:
    void add_looks();
    void add_changes();
    void add_import();
    CLI::App* add(KeyVerb verb, const char* name, const char* about);
    CLI::App* add_change(KeyVerb verb, const char* name, const char* about);

    CLI::App& group_;
    std::function<void(KeyVerb)> choose_;
    KeyArguments arguments_;
};

}  // namespace signet::cli
