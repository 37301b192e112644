#include "cli/output.hpp"

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

std::optional<std::string> time_text(std::optional<std::int64_t> unix_s) {
    return unix_s ? std::optional(rfc3339(*unix_s)) : std::nullopt;
}

void print_json(std::ostream& out, JsonWriter json) {
    out << to_valid_utf8(json.take(), std::string_view::npos);
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
    std::string line(message);  // PostgreSQL's messages may have several lines
    std::ranges::replace(line, '\n', ' ');
    io.err << "signet: " << shown(line) << '\n';
    return kExitFailed;
}

}  // namespace signet::cli
