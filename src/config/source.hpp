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

// What is wrong with (or worth saying about) one variable. Never holds a value.
struct Finding {
    std::string name;
    std::string text;
};

// The content of a file of at most kConfigFileBytesMax bytes without NUL, or why it cannot be had.
struct FileFault {
    std::string text;
};
std::variant<std::string, FileFault> read_config_file(const std::string& path);

// Whether others may read the file: a private key in it is nobody's secret. Files below
// /run/secrets/ are taken for well kept.
std::optional<FileFault> find_exposure(const std::string& path);

// The lines of a .env text: KEY=VALUE, `export KEY=VALUE`, blank lines, and comments after #.
// A bare value is taken as it is, up to blanks at its end or a # after a blank. In '…' nothing is
// special; in "…" \n, \r, \t, \\, \" and \$ are. Nothing is expanded. Every other line is a fault.
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

// The value of one variable. `text` is not set when nobody gave one.
struct Given {
    std::optional<std::string> text;
    Origin origin = Origin::fallback;
    std::optional<Finding> error;
};
Given look_up(const Setting& setting, const ConfigSources& sources);

// Names that begin with AUTH_ and are no variable of Signet's, with the likeliest one that was
// meant.
std::vector<Finding> find_unknown_names(const ConfigSources& sources);

// Copies the environment of this process, then overwrites and removes the values of secrets there,
// so that neither a child nor /proc/PID/environ has them. Call it before threads start.
Variables take_environment();

}  // namespace signet::config
