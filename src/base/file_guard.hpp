#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace signet {

inline constexpr std::size_t kSmallFileBytesMax = 64 * 1024;

// A file descriptor that the destructor closes.
class OwnedFd {
public:
    explicit OwnedFd(int fd = -1) : fd_(fd) {}
    ~OwnedFd();
    OwnedFd(const OwnedFd&) = delete;
    OwnedFd& operator=(const OwnedFd&) = delete;
    OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    OwnedFd& operator=(OwnedFd&& other) noexcept;
    int get() const { return fd_; }
    bool valid() const { return fd_ >= 0; }

private:
    int fd_;
};

// Reads to the end of the file, but never more than fits into `buffer`, whose size stays. Returns
// how many bytes there were; below zero, errno says why.
ssize_t read_up_to(int fd, std::string& buffer);

// Returns whether all of `text` was written; errno says why not.
bool write_all(int fd, std::string_view text);

// The user and the groups of a process. A file that one of these groups may open is open to the
// process itself, not to others.
struct ProcessUser {
    uid_t user = 0;
    std::vector<gid_t> groups;

    static ProcessUser current();
};

// Who may open a file, as it was when its descriptor was looked at.
struct FileAccess {
    mode_t mode = 0;
    uid_t owner = 0;
    gid_t group = 0;
    bool read_only_mount = false;
    bool in_memory = false;  // a tmpfs or a ramfs

    // Looks at the file that is open, so that nobody can exchange it in between. Returns nothing
    // if the system refuses; errno says why.
    static std::optional<FileAccess> of(int fd);
};

// Returns why a secret in the file is not secret, with what to do, or nothing. A group of the
// process may read and write it. On a read-only mount or in memory everybody may read it, because
// container engines mount secrets in that way, where only the container sees them.
std::optional<std::string> find_exposure(const FileAccess& file, const ProcessUser& process);

// Returns why the process must not obey the file or the directory, with what to do, or nothing: it
// has to belong to the user of the process or to root, and nobody else may write to it but a group
// of the process.
std::optional<std::string> find_intrusion(const FileAccess& file, const ProcessUser& process);

struct SmallFile {
    std::string text;  // whoever takes it wipes it if it is a secret
    FileAccess access;
};

// Says what is wrong with a file; the words follow its name.
struct FileFault {
    std::string text;
};

// Returns a file of at most kSmallFileBytesMax bytes without NUL.
std::variant<SmallFile, FileFault> read_small_file(const std::string& path);

// Returns the secret in a file, without white space around it, if find_exposure() has no objection
// and the secret is not empty. Whoever takes it wipes it.
std::variant<std::string, FileFault> read_secret_file(const std::string& path);

}  // namespace signet
