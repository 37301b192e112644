#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11 calls itself so
class App;
class Option;
}  // namespace CLI

namespace signet::cli {

// The commands that can be given to `app`, without hidden ones, in the order in which they were
// added.
std::vector<const CLI::App*> commands_of(const CLI::App& app);

// The options of the command, without hidden ones and positional arguments, in the same order.
// `--help` is the first.
std::vector<const CLI::Option*> options_of(const CLI::App& app);

// Returns the long name of the option, with its hyphens.
std::string name_of(const CLI::Option& option);

// Returns whether the option is followed by a value.
bool takes_value(const CLI::Option& option);

// Returns what is wrong with a command line that `app` does not take, in sentences, if it is the
// first word that is not known where it stands, or a command that is missing. What is known there
// is listed, and the nearest of it suggested. An argument that is neither a command nor the name of
// an option is not repeated, because it may be a password.
std::optional<std::string> explain_words(const CLI::App& app,
                                         const std::vector<std::string>& words);

// Returns how a sentence ends that says of a word that it is none of `names`: with the nearest of
// them, if one is near, and all of them behind `kind`.
std::string suggest(std::string_view word, std::string_view kind,
                    const std::vector<std::string>& names);

// Returns how many letters have to be added, left out, changed or swapped with their neighbour to
// make one word of the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace signet::cli
