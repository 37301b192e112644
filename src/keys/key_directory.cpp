#include "keys/key_directory.hpp"

#include "base/secret.hpp"
#include "base/system.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace signet::keys {
namespace {

constexpr std::string_view kTemporaryPrefix = ".new-";
constexpr std::string_view kLockName = ".lock";
constexpr std::chrono::milliseconds kLockPoll{20};

Error refused(const std::string& path, const std::string& reason) {
    return {Errc::key_unusable, path + ": " + reason};
}

Error failed(const std::string& path, const std::string& what) {
    return refused(path, what + ": " + std::generic_category().message(errno));
}

// Returns what is wrong with an open file, or nothing. O_PATH is enough to have it open.
std::optional<std::string> find_file_fault(int fd) {
    const auto access = FileAccess::of(fd);
    if (!access) {
        return "cannot be looked at: " + std::generic_category().message(errno);
    }
    if (!S_ISREG(access->mode)) {
        return "is no regular file";
    }
    const ProcessUser process = ProcessUser::current();
    const auto exposure = find_exposure(*access, process);
    return exposure ? exposure : find_intrusion(*access, process);
}

std::optional<std::string> find_directory_fault(int fd) {
    const auto access = FileAccess::of(fd);
    return access ? find_intrusion(*access, ProcessUser::current())
                  : "cannot be looked at: " + std::generic_category().message(errno);
}

// Makes a new name in the parent directory survive a power cut. A failure is not reported.
void flush_parent(const std::string& path) {
    const OwnedFd parent(::open((path + "/..").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (parent.valid()) {
        ::fsync(parent.get());
    }
}

}  // namespace

Result<KeyDirectory> KeyDirectory::open(const std::string& path) {
    if (::mkdir(path.c_str(), S_IRWXU) == 0) {
        flush_parent(path);
    } else if (errno != EEXIST) {
        return failed(path,
                      "cannot be made (AUTH_KEYS_DIR names another place; with "
                      "AUTH_KEY_ENCRYPTION_KEY the keys are in PostgreSQL)");
    }
    OwnedFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid()) {
        return failed(path, "cannot be opened as a directory");
    }
    if (const auto fault = find_directory_fault(fd.get())) {
        return refused(path, *fault);
    }
    return KeyDirectory(path, std::move(fd));
}

Result<std::vector<std::string>> KeyDirectory::names() const {
    // Duplicates of a descriptor share its position, so this opens another one.
    const int fd = ::openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const auto close = [](DIR* directory) { ::closedir(directory); };
    const std::unique_ptr<DIR, decltype(close)> stream(fd < 0 ? nullptr : ::fdopendir(fd), close);
    if (!stream) {
        return failed(path_, "cannot be listed");
    }
    std::vector<std::string> out;
    errno = 0;
    while (const dirent* entry = ::readdir(stream.get())) {
        out.emplace_back(entry->d_name);
        errno = 0;
    }
    if (errno != 0) {
        return failed(path_, "cannot be listed");
    }
    return out;
}

Result<std::vector<std::string>> KeyDirectory::list_pem() const {
    auto out = names();
    if (!out) {
        return out;
    }
    std::erase_if(*out, [](const std::string& name) {
        return name.starts_with('.') || !name.ends_with(".pem");
    });
    if (out->size() > kPemFilesMax) {
        return refused(path_, "holds more than " + std::to_string(kPemFilesMax) + " .pem files");
    }
    std::ranges::sort(*out);
    return out;
}

Result<std::optional<SecretFile>> KeyDirectory::read(const std::string& name,
                                                     std::size_t bytes_max) const {
    // O_NONBLOCK, because a FIFO would wait for a writer before it can be checked.
    const OwnedFd fd(
        ::openat(fd_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (!fd.valid() && errno == ENOENT) {
        return std::optional<SecretFile>();
    }
    if (!fd.valid() && errno == ELOOP) {
        return refused(path_of(name), "is a symbolic link, which is not followed");
    }
    struct stat status{};
    if (!fd.valid() || ::fstat(fd.get(), &status) != 0) {
        return failed(path_of(name), "cannot be opened");
    }
    if (const auto fault = find_file_fault(fd.get())) {
        return refused(path_of(name), *fault);
    }
    SecretFile file;
    file.modified_at_s = status.st_mtim.tv_sec;
    if (static_cast<std::size_t>(status.st_size) > bytes_max) {
        return refused(path_of(name), "is larger than " + std::to_string(bytes_max) + " bytes");
    }
    file.text.resize(static_cast<std::size_t>(status.st_size) + 1);
    const ssize_t size = read_up_to(fd.get(), file.text);
    if (size < 0) {
        wipe(file.text);
        return failed(path_of(name), "cannot be read");
    }
    if (static_cast<std::size_t>(size) == file.text.size()) {
        wipe(file.text);
        return refused(path_of(name), "grew while it was read");
    }
    file.text.resize(static_cast<std::size_t>(size));
    return std::optional(std::move(file));
}

Result<void> KeyDirectory::check(const std::string& name) const {
    const OwnedFd fd(::openat(fd_.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!fd.valid()) {
        return errno == ENOENT ? Result<void>() : failed(path_of(name), "cannot be looked at");
    }
    const auto fault = find_file_fault(fd.get());
    return fault ? Result<void>(refused(path_of(name), *fault)) : Result<void>();
}

Result<void> KeyDirectory::remove(const std::string& name) const {
    if (::unlinkat(fd_.get(), name.c_str(), 0) != 0 && errno != ENOENT) {
        return failed(path_of(name), "cannot be deleted");
    }
    if (::fsync(fd_.get()) != 0) {
        return failed(path_, "cannot be flushed to disk");
    }
    return {};
}

Result<void> KeyDirectory::append_at(const std::string& name, std::int64_t size,
                                     std::string_view text) const {
    const OwnedFd fd(::openat(fd_.get(), name.c_str(),
                              O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
                              S_IRUSR | S_IWUSR));
    struct stat status{};
    if (!fd.valid() || ::fstat(fd.get(), &status) != 0) {
        return failed(path_of(name), "cannot be opened");
    }
    if (const auto fault = find_file_fault(fd.get())) {
        return refused(path_of(name), *fault);
    }
    const off_t start = std::min<off_t>(status.st_size, size);
    if (::ftruncate(fd.get(), start) != 0 || ::lseek(fd.get(), start, SEEK_SET) != start ||
        !write_all(fd.get(), text) || ::fsync(fd.get()) != 0) {
        return failed(path_of(name), "cannot be written");
    }
    return {};
}

std::int64_t KeyDirectory::size_of(const std::string& name) const {
    struct stat status{};
    return ::fstatat(fd_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 ? status.st_size
                                                                                 : 0;
}

std::int64_t KeyDirectory::modified_at_ns() const {
    struct stat status{};
    constexpr std::int64_t kNsPerS = 1'000'000'000;
    return ::fstat(fd_.get(), &status) == 0
               ? status.st_mtim.tv_sec * kNsPerS + status.st_mtim.tv_nsec
               : -1;
}

bool KeyDirectory::write_temporary(const std::string& name, std::string_view text) const {
    const OwnedFd fd(::openat(fd_.get(), name.c_str(),
                              O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                              S_IRUSR | S_IWUSR));
    return fd.valid() && ::fchmod(fd.get(), S_IRUSR | S_IWUSR) == 0 && write_all(fd.get(), text) &&
           ::fsync(fd.get()) == 0;
}

Result<void> KeyDirectory::write(const std::string& name, std::string_view text,
                                 const StepHook& before_step) const {
    const auto step = [&before_step](std::string_view what) {
        if (before_step) {
            before_step(what);
        }
    };
    SystemRandom random;
    const std::string temporary = std::string(kTemporaryPrefix) + random_uuid(random);
    step("write");
    bool done = write_temporary(temporary, text);
    if (done) {
        step("rename");
        done = ::renameat(fd_.get(), temporary.c_str(), fd_.get(), name.c_str()) == 0;
    }
    if (!done) {
        Error error = failed(path_of(name), "cannot be written");
        ::unlinkat(fd_.get(), temporary.c_str(), 0);
        return error;
    }
    step("flush");
    if (::fsync(fd_.get()) != 0) {
        return failed(path_, "cannot be flushed to disk");
    }
    return {};
}

Result<OwnedFd> KeyDirectory::open_lock() const {
    const std::string name(kLockName);
    OwnedFd fd(::openat(fd_.get(), name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                        S_IRUSR | S_IWUSR));
    if (!fd.valid()) {
        return failed(path_of(name), "cannot be opened");
    }
    return fd;
}

Result<OwnedFd> KeyDirectory::try_lock() const {
    auto fd = open_lock();
    if (fd && ::flock(fd->get(), LOCK_EX | LOCK_NB) != 0) {
        return OwnedFd();
    }
    return fd;
}

Result<OwnedFd> KeyDirectory::lock() const {
    const std::string name(kLockName);
    auto opened = open_lock();
    if (!opened) {
        return opened;
    }
    OwnedFd fd = std::move(*opened);
    const auto give_up = std::chrono::steady_clock::now() + kKeyLockWaitMax;
    while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return failed(path_of(name), "cannot be locked");
        }
        if (std::chrono::steady_clock::now() >= give_up) {
            return refused(path_of(name), "is held by another process that makes keys");
        }
        std::this_thread::sleep_for(kLockPoll);
    }
    return fd;
}

bool KeyDirectory::has_leftovers() const {
    const auto all = names();
    return all && std::ranges::any_of(*all, [](const std::string& name) {
               return name.starts_with(kTemporaryPrefix);
           });
}

void KeyDirectory::remove_leftovers() const {
    const auto all = names();
    if (!all) {
        return;
    }
    for (const std::string& name : *all) {
        if (name.starts_with(kTemporaryPrefix)) {
            ::unlinkat(fd_.get(), name.c_str(), 0);
        }
    }
}

}  // namespace signet::keys
