#pragma once

#include "base/json.hpp"
#include "cli/commands.hpp"

#include <signet/domain/error.hpp>

#include <boost/json/value.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signet::cli {

// What the commands print. Names come from tables that anybody may write to, so the table form
// shows none of their control characters, and the JSON form escapes or replaces them.

enum class Colour : std::uint8_t { bold, red, yellow, cyan };

// Returns the text in that colour where `io.out` shows colours, else as it is.
std::string coloured(const CommandIo& io, Colour colour, std::string_view text);

// Prints each column as wide as its widest cell, with two blanks between columns.
void print_table(const CommandIo& io, const std::vector<std::string_view>& head,
                 const std::vector<std::vector<std::string>>& rows);

// Returns the text without anything that a terminal would act on. A text of more than 4096 bytes is
// cut.
std::string shown(std::string_view text);

// Returns the time in the form of RFC 3339, or nothing if it is not known.
std::optional<std::string> time_text(std::optional<std::int64_t> unix_s);

// Prints what `json` holds. Invalid UTF-8 and C1 control characters are replaced by U+FFFD.
void print_json(std::ostream& out, JsonWriter json);

// Prints the value on several lines, with a line feed at the end. Characters are escaped and
// replaced as by print_json().
void print_json_tree(std::ostream& out, const boost::json::value& value);

// Prints the rows as a JSON array, one row a line. `write_row` writes a row as a JSON value to the
// JsonWriter that it is given.
template <class Row, class WriteRow>
void print_json_rows(std::ostream& out, const std::vector<Row>& rows, WriteRow write_row) {
    std::string_view separator = "\n  ";
    out << '[';
    for (const Row& row : rows) {
        JsonWriter json;
        write_row(json, row);
        out << std::exchange(separator, ",\n  ");
        print_json(out, std::move(json));
    }
    out << (rows.empty() ? "]\n" : "\n]\n");
}

// Does the same, or prints the rows as a table. `to_cells` returns the cells of a row.
template <class Row, class WriteRow, class ToCells>
void print_rows(const CommandIo& io, bool as_json, const std::vector<Row>& rows, WriteRow write_row,
                const std::vector<std::string_view>& head, ToCells to_cells) {
    if (as_json) {
        print_json_rows(io.out, rows, write_row);
        return;
    }
    std::vector<std::vector<std::string>> cells;
    cells.reserve(rows.size());
    std::ranges::transform(rows, std::back_inserter(cells), to_cells);
    print_table(io, head, cells);
}

// Prints what went wrong to standard error and returns kExitFailed. The detail that is meant for
// the log is part of the message, because whoever runs a command may read the log.
int fail(const CommandIo& io, const Error& error);
int fail(const CommandIo& io, std::string_view message);

}  // namespace signet::cli
