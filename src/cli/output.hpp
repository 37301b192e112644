#pragma once

#include "cli/commands.hpp"

#include <signet/domain/error.hpp>

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::cli {

// What the commands print. Names come from tables that anybody may write to: the human form shows
// no control character of theirs, the JSON form escapes them.

// Columns as wide as their widest cell, two blanks between.
void print_table(std::ostream& out, const std::vector<std::string_view>& head,
                 const std::vector<std::vector<std::string>>& rows);

// Fit for a terminal.
std::string shown(std::string_view text);

// A JSON string literal; invalid UTF-8 is replaced.
std::string json_text(std::string_view text);
std::string json_text_or_null(const std::optional<std::string>& text);
std::string json_time_or_null(std::optional<std::int64_t> unix_s);

// `[…]` with an element a line.
void print_json_array(std::ostream& out, const std::vector<std::string>& elements);

// Says on standard error what went wrong, with the reason for the log, since whoever runs a command
// is who would read the log. Gives the exit code.
int fail(const CommandIo& io, const Error& error);
int fail(const CommandIo& io, std::string_view message);

}  // namespace signet::cli
