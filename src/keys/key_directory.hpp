#pragma once

#include "keys/owned_fd.hpp"

#include <signet/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::keys {

inline constexpr std::size_t kKeyFilesMax = 64;
// How long a start waits for another one that makes the first key of the same directory.
inline constexpr std::chrono::seconds kKeyLockWaitMax{60};

struct PemFile {
    std::string text;  // wiped by whoever reads it
    std::int64_t modified_at_s = 0;
};

// A directory of secret files under the file rule: it and every
// file in it belong to us or root, nobody else may write to the directory, nobody else may read a
// file, and no symbolic link is followed within it. What was opened is what is checked. Errors are
// key_unusable with a whole sentence in log_detail that names the file and what to do.
class KeyDirectory {
public:
    // Makes the directory (0700) when it is missing; its parent has to be there.
    static Result<KeyDirectory> open(const std::string& path);

    // The names that end in .pem and do not begin with a dot, sorted; at most kKeyFilesMax.
    Result<std::vector<std::string>> list() const;

    // At most `bytes_max` bytes are read, and one more is an error.
    Result<PemFile> read(const std::string& name, std::size_t bytes_max) const;

    // The file is there whole (0600), or not at all, whenever the power goes: a temporary file is
    // written, flushed and renamed, and the directory flushed. A file of that name is replaced.
    Result<void> write(const std::string& name, std::string_view text) const;

    // Nothing when there is no file of that name.
    Result<std::optional<PemFile>> read_if_there(const std::string& name,
                                                 std::size_t bytes_max) const;

    // Whether the file, if there is one, is under the file rule; it is not opened.
    Result<void> check(const std::string& name) const;

    // A file that is not there is deleted already.
    Result<void> remove(const std::string& name) const;

    // The file (0600, made when it is missing) is cut to at most `size`, gets `text` at its end and
    // is flushed. Done twice it is the same as done once.
    Result<void> append_at(const std::string& name, std::int64_t size, std::string_view text) const;
    // 0 when it is not there.
    std::int64_t size_of(const std::string& name) const;

    // When a name was last added or taken away, in nanoseconds; -1 when that cannot be told.
    std::int64_t modified_at_ns() const;

    // Held until the descriptor is closed, by one process and thread at a time; gone with its
    // process. Waits for kKeyLockWaitMax at most.
    Result<OwnedFd> lock() const;

    // The same without waiting; not valid when somebody else holds it.
    Result<OwnedFd> try_lock() const;

    // Deletes temporary files that a crash left behind. Hold the lock.
    void remove_leftovers() const;

    std::string path_of(const std::string& name) const { return path_ + '/' + name; }
    const std::string& path() const { return path_; }

private:
    KeyDirectory(std::string path, OwnedFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
    Result<OwnedFd> open_lock() const;
    Result<std::vector<std::string>> names() const;
    bool write_temporary(const std::string& name, std::string_view text) const;

    std::string path_;
    OwnedFd fd_;
};

}  // namespace signet::keys
