#pragma once

#include "config/table.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::config {

using Variables = std::map<std::string, std::string, std::less<>>;

// Wipes every value.
void wipe_values(Variables& variables);

// What is wrong with one setting, or worth a warning. Never holds a value.
struct Finding {
    std::string name;
    std::string text;
};

// Returns whether Signet reads the variable: it is a setting, the NAME_FILE of one that may come
// from a file, or begins with AUTH_.
bool is_ours(std::string_view name);

// Returns whether Kubernetes put the variable into the environment for a Service whose name begins
// with `auth`. Its value has to be of that kind too, so that a setting that somebody invented is
// still found. No setting has such a name.
bool is_injected(std::string_view name, std::string_view value);

// Reads the lines of a .env text that are Signet's: KEY=VALUE or `export KEY=VALUE`. A bare value
// is taken as it is, up to blanks at its end or a # after a blank. In '…' nothing is special; in
// "…"
// \n, \r, \t, \\, \" and \$ are. Nothing is expanded. A line that begins with a name of Signet's
// and cannot be read is an error; all others are passed over, because the file may hold settings of
// other programs in other forms. No other code of the project reads .env: ./run asks
// `signet config --get`.
struct Dotenv {
    Variables variables;
    std::vector<Finding> errors;  // name is `.env line N`
    // Those that are Hasura's, which `signet doctor` looks at. What is no value in the forms above
    // is taken as it stands on its line, because other programs take more.
    Variables hasura;
};
Dotenv read_dotenv(std::string_view text);

// Where values come from, the strongest first.
struct ConfigSources {
    Variables environment;
    Variables dotenv;
};

enum class Origin : std::uint8_t { fallback, environment, dotenv, file };

// The value of one setting, without white space around it. `text` is not set if there is none.
struct Given {
    std::optional<std::string> text;
    Origin origin = Origin::fallback;
    std::optional<Finding> error;
    std::string path;  // of the file that it comes from
};
Given look_up(const Setting& setting, const ConfigSources& sources);

// Returns whether the variable is a setting of Hasura.
bool is_hasuras(std::string_view name);

// Copies the environment of this process, then overwrites and removes the secrets in it, so that
// neither a child process nor /proc/PID/environ has them. Call it before threads start.
Variables take_environment();

}  // namespace signet::config
