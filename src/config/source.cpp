#include "config/source.hpp"

#include "base/printable.hpp"
#include "base/secret.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <system_error>

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

}  // namespace signet::config
