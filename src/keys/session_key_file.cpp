#include "keys/session_key_file.hpp"

#include "base/base64url.hpp"
#include "base/secret.hpp"
#include "keys/key_directory.hpp"
#include "keys/sealing.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

namespace signet::keys {
namespace {

constexpr std::size_t kFileBytesMax = 128;

Result<std::optional<std::string>> read_key(const KeyDirectory& directory) {
    auto file = directory.read_if_there(kSessionKeyFile, kFileBytesMax);
    if (!file) {
        return file.error();
    }
    if (!*file) {
        return std::optional<std::string>();
    }
    std::string& text = (*file)->text;
    const WipeOnExit wiped(text);
    const std::size_t end = text.find_last_not_of(" \r\n=") + 1;
    std::ranges::replace(text, '+', '-');  // one that an operator made may be in plain base64
    std::ranges::replace(text, '/', '_');
    auto key = base64url_decode(std::string_view(text).substr(0, end));
    if (!key || key->size() != kKekBytes) {
        return Error{Errc::key_unusable, directory.path_of(kSessionKeyFile) +
                                             ": has to hold 32 bytes in base64url; without it "
                                             "nobody can refresh, so look for a copy"};
    }
    return Result<std::optional<std::string>>(std::move(key));
}

Result<std::string> make_key(const KeyDirectory& directory, Random& random) {
    std::string key(kKekBytes, '\0');
    random.fill(std::as_writable_bytes(std::span(key)));
    std::string text = base64url_encode(key) + '\n';
    const WipeOnExit wiped(text);
    if (auto written = directory.write(kSessionKeyFile, text); !written) {
        wipe(key);
        return written.error();
    }
    return key;
}

}  // namespace

Result<std::string> load_session_key(const std::string& path, Random& random) {
    const auto directory = KeyDirectory::open(path);
    if (!directory) {
        return directory.error();
    }
    // Without the lock first: a directory whose files are all there may be read-only.
    auto found = read_key(*directory);
    if (!found) {
        return found.error();
    }
    if (*found) {
        return std::move(**found);
    }
    const auto lock = directory->lock();
    if (!lock) {
        return lock.error();
    }
    found = read_key(*directory);
    if (!found) {
        return found.error();
    }
    return *found ? Result<std::string>(std::move(**found)) : make_key(*directory, random);
}

Result<std::optional<std::string>> peek_session_key(const std::string& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0 && errno == ENOENT) {
        return std::optional<std::string>();
    }
    const auto directory = KeyDirectory::open(path);
    if (!directory) {
        return directory.error();
    }
    return read_key(*directory);
}

}  // namespace signet::keys
