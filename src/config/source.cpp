#include "config/source.hpp"

#include "base/ascii.hpp"
#include "base/file_guard.hpp"
#include "base/secret.hpp"
#include "base/utf8.hpp"
#include "config/value.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>
#include <variant>

namespace signet::config {
namespace {

constexpr std::string_view kPrefix = "AUTH_";
constexpr std::string_view kFileSuffix = "_FILE";
constexpr std::size_t kPathShownMax = 4096;

const std::string* find_value(const Variables& variables, std::string_view name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : &found->second;
}

// Returns whether the text stands in a pair of quotes that a shell would have taken off.
bool is_quoted(const Setting& setting, std::string_view text) {
    return text.size() > 1 && text.front() == text.back() &&
           (text.front() == '\'' || (text.front() == '"' && !setting.quotable));
}

Finding quoted(std::string name) {
    return {std::move(name),
            "has quotes around its value, which are a part of it here; take the quotes off"};
}

std::variant<std::string, FileFault> read_file(const Setting& setting, const std::string& path) {
    if (setting.privacy == Privacy::secret) {
        return read_secret_file(path);
    }
    auto content = read_small_file(path);
    if (auto* file = std::get_if<SmallFile>(&content)) {
        return std::string(trim(file->text));
    }
    return std::get<FileFault>(content);
}

Given from_file(const Setting& setting, const std::string& path) {
    auto content = read_file(setting, path);
    std::string variable = std::string(setting.name) + std::string(kFileSuffix);
    Given given{{}, Origin::file, {}, path};
    if (const auto* fault = std::get_if<FileFault>(&content)) {
        given.error = Finding{std::move(variable),
                              "the file " + to_printable(path, kPathShownMax) + ' ' + fault->text};
        return given;
    }
    auto& text = std::get<std::string>(content);
    if (is_quoted(setting, text)) {
        wipe(text);
        given.error = quoted(std::move(variable));
        return given;
    }
    given.text = std::move(text);
    return given;
}

// Returns the value of a variable as it counts, or nothing if it is not set.
std::optional<std::string_view> find_trimmed(const Variables& variables, std::string_view name) {
    const std::string* const text = find_value(variables, name);
    return text == nullptr ? std::nullopt : std::optional(trim(*text));
}

}  // namespace

void wipe_values(Variables& variables) {
    for (auto& [name, value] : variables) {
        wipe(value);
    }
}

Given look_up(const Setting& setting, const ConfigSources& sources) {
    const std::string name(setting.name);
    const std::string file_name = name + std::string(kFileSuffix);
    for (const Variables* source : {&sources.environment, &sources.dotenv}) {
        const auto text = find_trimmed(*source, name);
        const auto path =
            setting.may_be_in_file() ? find_trimmed(*source, file_name) : std::nullopt;
        if (!text && !path) {
            continue;
        }
        const bool has_text = text && !text->empty();
        const bool has_path = path && !path->empty();
        Given given{
            {}, source == &sources.environment ? Origin::environment : Origin::dotenv, {}, {}};
        if (has_text && has_path) {
            given.error = Finding{name, "is set together with " + file_name + "; set only one"};
        } else if (has_text && is_quoted(setting, *text)) {
            given.error = quoted(name);
        } else if (has_path && is_quoted(setting, *path)) {
            given.error = quoted(file_name);
        } else if (has_path) {
            return from_file(setting, std::string(*path));
        } else if (has_text || (text && setting.empty == Empty::is_a_value)) {
            given.text = std::string(*text);
        } else {
            return {};  // set, but empty: that unsets what a weaker source says
        }
        return given;
    }
    return {};
}

bool is_ours(std::string_view name) {
    if (name.starts_with(kPrefix)) {
        return true;
    }
    return std::ranges::any_of(settings(), [name](const Setting& setting) {
        return name == setting.name ||
               (setting.may_be_in_file() && name.starts_with(setting.name) &&
                name.substr(setting.name.size()) == kFileSuffix);
    });
}

bool is_hasuras(std::string_view name) {
    return name.starts_with("HASURA_GRAPHQL_");
}

namespace {

constexpr std::string_view kServiceHost = "_SERVICE_HOST";
constexpr std::string_view kServicePort = "_SERVICE_PORT";
constexpr std::string_view kPort = "_PORT";
constexpr std::array<std::string_view, 3> kProtocols{"TCP", "UDP", "SCTP"};

bool is_port(std::string_view text) {
    return read_number(text, 1, 65535).has_value();
}

bool is_port_url(std::string_view text) {
    return std::ranges::any_of(kProtocols, [text](std::string_view protocol) {
        return text.starts_with(to_lower(protocol) + "://");
    });
}

// Judges what follows _PORT: nothing, or _NUMBER_PROTOCOL with or without one more word.
bool is_injected_port(std::string_view rest, std::string_view value) {
    if (rest.empty()) {
        return is_port_url(value);
    }
    const std::size_t middle = std::min(rest.find('_', 1), rest.size());
    if (rest.front() != '_' || !is_port(rest.substr(1, middle - 1))) {
        return false;
    }
    const std::string_view tail = rest.substr(std::min(middle + 1, rest.size()));
    const std::size_t end = std::min(tail.find('_'), tail.size());
    const std::string_view protocol = tail.substr(0, end);
    const std::string_view word = tail.substr(end);
    if (std::ranges::find(kProtocols, protocol) == kProtocols.end()) {
        return false;
    }
    return (word.empty() && is_port_url(value)) ||
           (word == "_PROTO" && value == to_lower(protocol)) ||
           (word == "_PORT" && is_port(value)) || (word == "_ADDR" && is_ip_address(value));
}

}  // namespace

bool is_injected(std::string_view name, std::string_view value) {
    constexpr std::string_view kService = "AUTH";
    if (!name.starts_with(kService)) {
        return false;
    }
    const std::string_view rest = name.substr(kService.size());
    if (rest.ends_with(kServiceHost) && is_ip_address(value)) {
        return true;
    }
    // The name of the Service, and that of a port, may have these words in it too.
    for (std::size_t at = rest.find(kPort); at != std::string_view::npos;
         at = rest.find(kPort, at + 1)) {
        if (is_injected_port(rest.substr(at + kPort.size()), value)) {
            return true;
        }
    }
    for (std::size_t at = rest.find(kServicePort); at != std::string_view::npos;
         at = rest.find(kServicePort, at + 1)) {
        const std::string_view port_name = rest.substr(at + kServicePort.size());
        if ((port_name.empty() || (port_name.size() > 1 && port_name.front() == '_')) &&
            is_port(value)) {
            return true;
        }
    }
    return false;
}

Variables take_environment() {
    Variables out;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos) {
            out.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    for (const Setting& setting : settings()) {
        const std::string name(setting.name);
        char* const value = setting.may_be_in_file() ? std::getenv(name.c_str()) : nullptr;
        if (value != nullptr) {
            wipe(value, std::strlen(value));
            ::unsetenv(name.c_str());
        }
    }
    return out;
}

namespace {

constexpr std::string_view kBlanks = " \t";

bool is_name_character(char c) {
    return is_alphanumeric(c) || c == '_';
}

std::string_view trim_left(std::string_view text) {
    const std::size_t first = text.find_first_not_of(kBlanks);
    return first == std::string_view::npos ? std::string_view{} : text.substr(first);
}

std::string_view trim_right(std::string_view text) {
    return text.substr(0, text.find_last_not_of(kBlanks) + 1);  // npos + 1 is 0
}

// Whether the text may follow a closing quote.
bool is_rest_of_line(std::string_view text) {
    return trim_left(text).empty() ||
           (kBlanks.find(text[0]) != std::string_view::npos && trim_left(text).starts_with('#'));
}

// The value on one line. `fault` says what is wrong with it, and is empty if nothing is.
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

// Returns what is wrong with the line, or an empty text.
std::string_view read_line(std::string_view line, Dotenv& out) {
    line = trim_left(line);
    constexpr std::string_view kExport = "export";
    if (line.starts_with(kExport) && line.size() > kExport.size() &&
        kBlanks.find(line[kExport.size()]) != std::string_view::npos) {
        line = trim_left(line.substr(kExport.size()));
    }
    const auto* const end = std::ranges::find_if_not(line, is_name_character);
    const std::string_view name = line.substr(0, static_cast<std::size_t>(end - line.begin()));
    if (is_hasuras(name) && end != line.end() && *end == '=') {
        const std::string_view text = line.substr(name.size() + 1);
        Value value = read_value(text);
        out.hasura.emplace(name, value.fault.empty() ? std::move(value.text) : trim(text));
    }
    if (!is_ours(name)) {
        return {};
    }
    if (end == line.end() || *end != '=') {
        return "expected KEY=VALUE";
    }
    Value value = read_value(line.substr(name.size() + 1));
    if (!value.fault.empty()) {
        return value.fault;
    }
    const bool is_new = out.variables.emplace(name, std::move(value.text)).second;
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
        const std::string_view fault = read_line(line, out);
        if (!fault.empty()) {
            out.errors.push_back({".env line " + std::to_string(number), std::string(fault)});
        }
    }
    return out;
}

}  // namespace signet::config
