#include "cli/output.hpp"

#include "base/system.hpp"
#include "base/utf8.hpp"
#include "routes/error_table.hpp"

#include <signet/domain/text.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <ostream>
#include <sstream>

namespace json = boost::json;

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

// The C1 control characters, which some terminals act on, are replaced.
std::string quoted(std::string_view text) {
    return json_quote(to_valid_utf8(text, std::string_view::npos));
}

void print_value(std::ostream& out, const json::value& value, const std::string& indent);

template <class Items, class PrintItem>
void print_items(std::ostream& out, const Items& items, const std::string& indent,
                 PrintItem print_item) {
    std::string_view separator = "\n";
    for (const auto& item : items) {
        out << separator << indent << "  ";
        print_item(item);
        separator = ",\n";
    }
    if (!items.empty()) {
        out << '\n' << indent;
    }
}

void print_object(std::ostream& out, const json::object& object, const std::string& indent) {
    out << '{';
    print_items(out, object, indent, [&](const json::key_value_pair& member) {
        out << quoted(member.key()) << ": ";
        print_value(out, member.value(), indent + "  ");
    });
    out << '}';
}

void print_value(std::ostream& out, const json::value& value, const std::string& indent) {
    if (const auto* const object = value.if_object()) {
        print_object(out, *object, indent);
    } else if (const auto* const array = value.if_array()) {
        out << '[';
        print_items(out, *array, indent,
                    [&](const json::value& item) { print_value(out, item, indent + "  "); });
        out << ']';
    } else if (const auto* const text = value.if_string()) {
        out << quoted(*text);
    } else {
        out << json::serialize(value);
    }
}

}  // namespace

std::string coloured(const CommandIo& io, Colour colour, std::string_view text) {
    constexpr std::array<std::string_view, 4> kCodes{"1", "31", "33", "36"};
    if (!io.colours) {
        return std::string(text);
    }
    return "\x1b[" + std::string(kCodes[static_cast<std::size_t>(colour)]) + 'm' +
           std::string(text) + "\x1b[0m";
}

void print_table(const CommandIo& io, const std::vector<std::string_view>& head,
                 const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < head.size(); ++i) {
        std::size_t width = head[i].size();
        for (const auto& row : rows) {
            width = std::max(width, count_code_points(row[i]));
        }
        widths.push_back(width);
    }
    std::ostringstream titles;
    print_row(titles, {head.begin(), head.end()}, widths);
    std::string line = titles.str();
    line.pop_back();
    io.out << coloured(io, Colour::bold, line) << '\n';
    for (const auto& row : rows) {
        print_row(io.out, row, widths);
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

void print_json_tree(std::ostream& out, const boost::json::value& value) {
    print_value(out, value, "");
    out << '\n';
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
