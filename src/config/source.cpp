#include "config/source.hpp"

#include "base/secret.hpp"
#include "base/utf8.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

namespace signet::config {
namespace {

constexpr std::string_view kFileSuffix = "_FILE";

FileFault system_fault(int error) {
    return {"cannot be read: " + std::generic_category().message(error)};
}

// Reads until the end of the file or past the limit.
std::variant<std::string, FileFault> read_all(int fd) {
    std::string content(kConfigFileBytesMax + 1,
                        '\0');  // grows no more: one wipe reaches all of it
    std::size_t size = 0;
    while (size < content.size()) {
        const ssize_t got = ::read(fd, content.data() + size, content.size() - size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            const int error = errno;
            wipe(content);
            return system_fault(error);
        }
        if (got == 0) {
            break;
        }
        size += static_cast<std::size_t>(got);
    }
    content.resize(size);
    if (size > kConfigFileBytesMax) {
        wipe(content);
        return FileFault{"is larger than 64 KiB"};
    }
    if (content.find('\0') != std::string::npos) {
        wipe(content);
        return FileFault{"holds a NUL byte"};
    }
    return content;
}

const std::string* find_value(const Variables& variables, std::string_view name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : &found->second;
}

// Container engines mount secrets readable for all below one directory, which nobody else sees.
constexpr std::string_view kMountedSecrets = "/run/secrets/";

Given from_file(const Setting& setting, const std::string& path) {
    const auto exposed = setting.owner_only ? find_exposure(path) : std::nullopt;
    auto content = exposed ? *exposed : read_config_file(path);
    const std::string variable = std::string(setting.name) + std::string(kFileSuffix);
    Given given{{}, Origin::file, {}};
    if (const auto* fault = std::get_if<FileFault>(&content)) {
        given.error = Finding{variable, "the file " + to_printable(path, 4096) + ' ' + fault->text};
        return given;
    }
    auto& text = std::get<std::string>(content);
    if (text.ends_with('\n')) {
        text.pop_back();
        if (text.ends_with('\r')) {
            text.pop_back();
        }
    }
    if (text.empty()) {
        given.error = Finding{variable, "the file " + to_printable(path, 4096) + " is empty"};
        return given;
    }
    given.text = text;  // a copy of the right size; the large one is wiped
    wipe(text);
    return given;
}

}  // namespace

std::optional<FileFault> find_exposure(const std::string& path) {
    struct stat info{};
    if (path.starts_with(kMountedSecrets) || ::stat(path.c_str(), &info) != 0 ||
        (info.st_mode & (S_IRWXG | S_IRWXO)) == 0) {
        return std::nullopt;
    }
    return FileFault{"can be read by others; run: chmod 600"};
}

void wipe_values(Variables& variables) {
    for (auto& [name, value] : variables) {
        wipe(value);
    }
}

std::variant<std::string, FileFault> read_config_file(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return system_fault(errno);
    }
    auto content = read_all(fd);
    ::close(fd);
    return content;
}

Given look_up(const Setting& setting, const ConfigSources& sources) {
    const std::string file_name = std::string(setting.name) + std::string(kFileSuffix);
    const bool secret = setting.privacy == Privacy::secret;
    for (const Variables* source : {&sources.environment, &sources.dotenv}) {
        const std::string* const text = find_value(*source, setting.name);
        const std::string* const path = secret ? find_value(*source, file_name) : nullptr;
        if (text == nullptr && path == nullptr) {
            continue;
        }
        const bool has_text = text != nullptr && !text->empty();
        const bool has_path = path != nullptr && !path->empty();
        const Origin origin = source == &sources.environment ? Origin::environment : Origin::dotenv;
        if (has_text && has_path) {
            return {{},
                    origin,
                    Finding{std::string(setting.name),
                            "is set together with " + file_name + "; set only one"}};
        }
        if (has_path) {
            return from_file(setting, *path);
        }
        if (has_text || (text != nullptr && setting.empty == Empty::is_a_value)) {
            return {*text, origin, {}};
        }
        return {};  // set, but empty: that unsets what a weaker source says
    }
    return {};
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
        char* const value =
            setting.privacy == Privacy::secret ? std::getenv(name.c_str()) : nullptr;
        if (value != nullptr) {
            wipe(value, std::strlen(value));
            ::unsetenv(name.c_str());
        }
    }
    return out;
}

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
