#include "base/file_guard.hpp"

#include "base/ascii.hpp"
#include "base/secret.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace signet {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

FileFault system_fault(int error) {
    return {"cannot be read: " + std::generic_category().message(error)};
}

// Reads until the end of the file or past the limit.
std::variant<std::string, FileFault> read_all(int fd) {
    std::string content(kSmallFileBytesMax + 1, '\0');  // never grows: one wipe reaches all of it
    const ssize_t size = read_up_to(fd, content);
    if (size < 0) {
        FileFault fault = system_fault(errno);
        wipe(content);
        return fault;
    }
    content.resize(static_cast<std::size_t>(size));
    if (content.size() > kSmallFileBytesMax) {
        wipe(content);
        return FileFault{"is larger than 64 KiB"};
    }
    if (content.find('\0') != std::string::npos) {
        wipe(content);
        return FileFault{"holds a NUL byte"};
    }
    return content;
}

bool is_in(const ProcessUser& process, gid_t group) {
    return std::ranges::find(process.groups, group) != process.groups.end();
}

}  // namespace

OwnedFd::~OwnedFd() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

OwnedFd& OwnedFd::operator=(OwnedFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

ssize_t read_up_to(int fd, std::string& buffer) {
    std::size_t size = 0;
    while (size < buffer.size()) {
        const ssize_t got = ::read(fd, buffer.data() + size, buffer.size() - size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        size += static_cast<std::size_t>(got);
    }
    return static_cast<ssize_t>(size);
}

ProcessUser ProcessUser::current() {
    ProcessUser out{::geteuid(), {}};
    const int count = ::getgroups(0, nullptr);
    out.groups.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    const int got = ::getgroups(static_cast<int>(out.groups.size()), out.groups.data());
    out.groups.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    out.groups.push_back(::getegid());
    return out;
}

std::optional<FileAccess> FileAccess::of(int fd) {
    struct stat status{};
    struct statfs system{};
    struct statvfs mount{};
    if (::fstat(fd, &status) != 0 || ::fstatfs(fd, &system) != 0 || ::fstatvfs(fd, &mount) != 0) {
        return std::nullopt;
    }
    const auto kind = static_cast<unsigned long>(system.f_type) & 0xFFFFFFFFUL;
    return FileAccess{status.st_mode, status.st_uid, status.st_gid, (mount.f_flag & ST_RDONLY) != 0,
                      kind == TMPFS_MAGIC || kind == RAMFS_MAGIC};
}

std::optional<std::string> find_exposure(const FileAccess& file, const ProcessUser& process) {
    if (file.read_only_mount) {
        return std::nullopt;
    }
    mode_t open = file.mode & (file.in_memory ? S_IWGRP | S_IWOTH : S_IRWXG | S_IRWXO);
    if (is_in(process, file.group)) {
        open &= S_IRWXO;
    }
    if (open == 0) {
        return std::nullopt;
    }
    std::string text =
        (open & (S_IRGRP | S_IROTH)) != 0 ? "can be read by others" : "is open to others";
    if ((open & S_IRWXO) == 0) {
        text += " (group " + std::to_string(file.group) + ", which Signet is not in)";
    }
    return text + "; run chmod 600 on it";
}

std::optional<std::string> find_intrusion(const FileAccess& file, const ProcessUser& process) {
    if (file.owner != process.user && file.owner != 0) {
        return "belongs to another user (" + std::to_string(file.owner) +
               "); its owner has to be the one that Signet runs as, or root: run chown " +
               std::to_string(process.user) + " on it";
    }
    if ((file.mode & S_IWOTH) != 0) {
        return "lets others write to it; run chmod go-w on it";
    }
    if ((file.mode & S_IWGRP) != 0 && !is_in(process, file.group)) {
        return "lets others write to it (group " + std::to_string(file.group) +
               ", which Signet is not in); run chmod go-w on it";
    }
    return std::nullopt;
}

std::variant<SmallFile, FileFault> read_small_file(const std::string& path) {
    const OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    const auto access = fd.valid() ? FileAccess::of(fd.get()) : std::nullopt;
    if (!access) {
        return system_fault(errno);
    }
    auto content = read_all(fd.get());
    if (const auto* fault = std::get_if<FileFault>(&content)) {
        return *fault;
    }
    return SmallFile{std::move(std::get<std::string>(content)), *access};
}

std::variant<std::string, FileFault> read_secret_file(const std::string& path) {
    auto content = read_small_file(path);
    if (const auto* fault = std::get_if<FileFault>(&content)) {
        return *fault;
    }
    auto& file = std::get<SmallFile>(content);
    const WipeOnExit wiped(file.text);
    if (const auto exposure = find_exposure(file.access, ProcessUser::current())) {
        return FileFault{*exposure};
    }
    std::string_view text = file.text;
    if (text.starts_with(kByteOrderMark)) {
        text.remove_prefix(kByteOrderMark.size());
    }
    text = trim(text);
    if (text.empty()) {
        return FileFault{"is empty"};
    }
    return std::string(text);
}

}  // namespace signet
