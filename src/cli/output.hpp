#pragma once

#include "cli/commands.hpp"

#include <signet/domain/error.hpp>

#include <algorithm>
#include <cstdint>
#include <iosfwd>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::cli {

// What the commands print. Names come from tables that anybody may write to, so the table form
// shows none of their control characters, and the JSON form escapes them.

// Prints columns as wide as their widest cell, with two blanks between them.
void print_table(std::ostream& out, const std::vector<std::string_view>& head,
                 const std::vector<std::vector<std::string>>& rows);

// The text without anything that a terminal would act on; a long one is cut.
std::string shown(std::string_view text);

// A JSON string literal; invalid UTF-8 is replaced.
std::string json_text(std::string_view text);
std::string json_text_or_null(const std::optional<std::string>& text);
std::string json_time_or_null(std::optional<std::int64_t> unix_s);

// `[…]` with an element a line.
void print_json_array(std::ostream& out, const std::vector<std::string>& elements);

// Prints the rows as a JSON array of what `to_json` gives, or as a table of what `to_cells` gives.
template <class Row, class ToJson, class ToCells>
void print_rows(std::ostream& out, bool json, const std::vector<Row>& rows, ToJson to_json,
                const std::vector<std::string_view>& head, ToCells to_cells) {
    if (json) {
        std::vector<std::string> elements;
        elements.reserve(rows.size());
        std::ranges::transform(rows, std::back_inserter(elements), to_json);
        print_json_array(out, elements);
        return;
    }
    std::vector<std::vector<std::string>> cells;
    cells.reserve(rows.size());
    std::ranges::transform(rows, std::back_inserter(cells), to_cells);
    print_table(out, head, cells);
}

// Says on standard error what went wrong, and returns the exit code. The text that is meant for the
// log is part of it, because whoever runs a command may read the log.
int fail(const CommandIo& io, const Error& error);
int fail(const CommandIo& io, std::string_view message);

}  // namespace signet::cli
