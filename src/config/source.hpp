#pragma once

#include "config/table.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace signet::config {

inline constexpr std::size_t kConfigFileBytesMax = 64 * 1024;  // a NAME_FILE, and .env

using Variables = std::map<std::string, std::string, std::less<>>;

// Wipes every value.
void wipe_values(Variables& variables);

// What is wrong with one setting, or worth a warning. Never holds a value.
struct Finding {
    std::string name;
    std::string text;
};

// Why a file cannot be used.
struct FileFault {
    std::string text;
};

// Returns the content of a file of at most kConfigFileBytesMax bytes without NUL.
std::variant<std::string, FileFault> read_config_file(const std::string& path);

// Returns a fault if users other than the owner may read the file, so that a private key in it is
// not secret. Files below /run/secrets/ are trusted.
std::optional<FileFault> find_exposure(const std::string& path);

// Reads the lines of a .env text: KEY=VALUE, `export KEY=VALUE`, blank lines, and comments after #.
// A bare value is taken as it is, up to blanks at its end or a # after a blank. In '…' nothing is
// special; in "…" \n, \r, \t, \\, \" and \$ are. Nothing is expanded. Every other line is an error.
// No other code of the project reads .env: ./run asks `signet config --get`.
struct Dotenv {
    Variables variables;
    std::vector<Finding> errors;  // name is `.env line N`
};
Dotenv read_dotenv(std::string_view text);

// Where values come from, the strongest first.
struct ConfigSources {
    Variables environment;
    Variables dotenv;
};

enum class Origin : std::uint8_t { fallback, environment, dotenv, file };

// The value of one setting. `text` is not set if there is none.
struct Given {
    std::optional<std::string> text;
    Origin origin = Origin::fallback;
    std::optional<Finding> error;
};
Given look_up(const Setting& setting, const ConfigSources& sources);

// Copies the environment of this process, then overwrites and removes the secrets in it, so that
// neither a child process nor /proc/PID/environ has them. Call it before threads start.
Variables take_environment();

}  // namespace signet::config
