#include "cli/output.hpp"

#include "base/json.hpp"
#include "base/system.hpp"
#include "base/utf8.hpp"
#include "routes/error_table.hpp"

#include <signet/domain/text.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <ostream>

namespace signet::cli {
namespace {

constexpr std::size_t kShownBytesMax = 4096;

void print_row(std::ostream& out, const std::vector<std::string>& cells,
               const std::vector<std::size_t>& widths) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
        out << cells[i];
        if (i + 1 < cells.size()) {
            out << std::string(widths[i] - count_code_points(cells[i]) + 2, ' ');
        }
    }
    out << '\n';
}

}  // namespace

void print_table(std::ostream& out, const std::vector<std::string_view>& head,
                 const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < head.size(); ++i) {
        std::size_t width = head[i].size();
        for (const auto& row : rows) {
            width = std::max(width, count_code_points(row[i]));
        }
        widths.push_back(width);
    }
    print_row(out, {head.begin(), head.end()}, widths);
    for (const auto& row : rows) {
        print_row(out, row, widths);
    }
}

std::string shown(std::string_view text) {
    return to_printable(text, kShownBytesMax);
}

std::string json_text(std::string_view text) {
    return json_quote(to_valid_utf8(text, std::string_view::npos));
}

std::string json_text_or_null(const std::optional<std::string>& text) {
    return text ? json_text(*text) : "null";
}

std::string json_time_or_null(std::optional<std::int64_t> unix_s) {
    return unix_s ? '"' + rfc3339(*unix_s) + '"' : "null";
}

void print_json_array(std::ostream& out, const std::vector<std::string>& elements) {
    out << '[';
    for (std::size_t i = 0; i < elements.size(); ++i) {
        out << (i == 0 ? "\n  " : ",\n  ") << elements[i];
    }
    out << (elements.empty() ? "]\n" : "\n]\n");
}

int fail(const CommandIo& io, const Error& error) {
    const routes::ErrorRow& info = routes::describe(error.errc);
    std::string message(info.title);
    message += ". ";
    if (!error.fields.empty()) {
        message.clear();
        for (const FieldError& field : error.fields) {
            message += (message.empty() ? "" : " ") + field.detail;
        }
    } else if (!error.log_detail.empty()) {
        message += error.log_detail;
    } else {
        message += info.detail;
    }
    return fail(io, message);
}

int fail(const CommandIo& io, std::string_view message) {
    std::string line(message);  // a message of PostgreSQL may have several lines
    std::ranges::replace(line, '\n', ' ');
    io.err << "signet: " << shown(line) << '\n';
    return kExitFailed;
}

}  // namespace signet::cli
