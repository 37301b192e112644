#include "config/source.hpp"

#include <algorithm>
#include <utility>

namespace signet::config {
namespace {

constexpr std::string_view kBlanks = " \t";

bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_name(std::string_view name) {
    return !name.empty() && is_name_start(name[0]) && std::ranges::all_of(name, [](char c) {
        return is_name_start(c) || (c >= '0' && c <= '9');
    });
}

std::string_view trim_left(std::string_view text) {
    const std::size_t first = text.find_first_not_of(kBlanks);
    return first == std::string_view::npos ? std::string_view{} : text.substr(first);
}

std::string_view trim_right(std::string_view text) {
    return text.substr(0, text.find_last_not_of(kBlanks) + 1);  // npos + 1 is 0
}

// What may follow a closing quote.
bool is_rest_of_line(std::string_view text) {
    return trim_left(text).empty() ||
           (kBlanks.find(text[0]) != std::string_view::npos && trim_left(text).starts_with('#'));
}

// The parts of one line. `fault` says what is wrong with it; empty: nothing.
struct Value {
    std::string text;
    std::string_view fault;
};

Value read_bare(std::string_view text) {
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '#' && kBlanks.find(text[i - 1]) != std::string_view::npos) {
            text = text.substr(0, i);
        }
    }
    text = trim_right(text);
    if (text.find_first_of("\"'") != std::string_view::npos) {
        return {{}, "a quote inside a bare value; put the whole value in quotes"};
    }
    return {std::string(text), {}};
}

Value read_single_quoted(std::string_view text) {
    const std::size_t close = text.find('\'', 1);
    if (close == std::string_view::npos) {
        return {{}, "a quote that is not closed on its line"};
    }
    if (!is_rest_of_line(text.substr(close + 1))) {
        return {{}, "text after the closing quote"};
    }
    return {std::string(text.substr(1, close - 1)), {}};
}

Value read_double_quoted(std::string_view text) {
    constexpr std::string_view kEscapes = "nrt\\\"$";
    constexpr std::string_view kMeanings = "\n\r\t\\\"$";
    Value value;
    value.text.reserve(text.size());
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            if (!is_rest_of_line(text.substr(i + 1))) {
                value.fault = "text after the closing quote";
            }
            return value;
        }
        if (text[i] != '\\') {
            value.text += text[i];
            continue;
        }
        ++i;
        const std::size_t which = i < text.size() ? kEscapes.find(text[i]) : std::string_view::npos;
        if (which == std::string_view::npos) {
            value.fault = "an escape other than \\n, \\r, \\t, \\\\, \\\" and \\$";
            return value;
        }
        value.text += kMeanings[which];
    }
    value.fault = "a quote that is not closed on its line; write a line break as \\n";
    return value;
}

Value read_value(std::string_view text) {
    if (text.starts_with('\'')) {
        return read_single_quoted(text);
    }
    if (text.starts_with('"')) {
        return read_double_quoted(text);
    }
    if (!text.empty() && kBlanks.find(text[0]) != std::string_view::npos &&
        !is_rest_of_line(text)) {
        return {{}, "a blank after `=`"};
    }
    return is_rest_of_line(text) ? Value{} : read_bare(text);
}

// What is wrong with the line; empty: nothing.
std::string_view read_line(std::string_view line, Variables& out) {
    line = trim_left(line);
    if (line.empty() || line.starts_with('#')) {
        return {};
    }
    constexpr std::string_view kExport = "export";
    if (line.starts_with(kExport) && line.size() > kExport.size() &&
        kBlanks.find(line[kExport.size()]) != std::string_view::npos) {
        line = trim_left(line.substr(kExport.size()));
    }
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || !is_name(line.substr(0, equals))) {
        return "expected KEY=VALUE";
    }
    Value value = read_value(line.substr(equals + 1));
    if (!value.fault.empty()) {
        return value.fault;
    }
    const bool is_new = out.emplace(line.substr(0, equals), std::move(value.text)).second;
    return is_new ? std::string_view{} : "a name that an earlier line has set";
}

}  // namespace

Dotenv read_dotenv(std::string_view text) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.starts_with(kByteOrderMark)) {
        text.remove_prefix(kByteOrderMark.size());
    }
    Dotenv out;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        const std::string_view fault = read_line(line, out.variables);
        if (!fault.empty()) {
            out.errors.push_back({".env line " + std::to_string(number), std::string(fault)});
        }
    }
    return out;
}

}  // namespace signet::config
