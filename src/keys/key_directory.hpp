#pragma once

#include "base/file_guard.hpp"

#include <signet/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signet::keys {

// How many .pem files a directory may hold.
inline constexpr std::size_t kPemFilesMax = 64;
// How long a start waits for another one that makes the first key of the same directory.
inline constexpr std::chrono::seconds kKeyLockWaitMax{60};

struct SecretFile {
    std::string text;  // the reader wipes it
    std::int64_t modified_at_s = 0;
};

// A directory of secret files. The directory and every file in it have to belong to this user or
// to root, nobody else may write to the directory or read a file, and no symbolic link is followed
// within it. What is checked is what was opened. Errors are key_unusable with a whole sentence in
// log_detail that names the file and says what to do. Thread-safe.
class KeyDirectory {
public:
    // Makes the directory (0700) if it is missing; its parent has to exist.
    static Result<KeyDirectory> open(const std::string& path);

    // Returns the names that end in .pem and do not begin with a dot, sorted. More than
    // kPemFilesMax are an error.
    Result<std::vector<std::string>> list_pem() const;

    // Returns the file, or nothing if there is none. More than `bytes_max` bytes are an error.
    Result<std::optional<SecretFile>> read(const std::string& name, std::size_t bytes_max) const;

    // Checks the owner and the mode of a file without opening it. A missing file is no error.
    Result<void> check(const std::string& name) const;

    // Is called before each step of a write (write, rename, flush), for tests.
    using StepHook = std::function<void(std::string_view)>;

    // Replaces the file, or makes it (0600). A crash leaves either the old file or the new one
    // whole: a temporary file is written, flushed and renamed, and the directory is flushed.
    Result<void> write(const std::string& name, std::string_view text,
                       const StepHook& before_step = {}) const;

    // Deletes a file. One that is missing is no error.
    Result<void> remove(const std::string& name) const;

    // Cuts the file to at most `size` bytes, appends `text` and flushes it. A missing file is made
    // (0600). Doing it twice leaves the same file as doing it once.
    Result<void> append_at(const std::string& name, std::int64_t size, std::string_view text) const;
    // Returns the size of the file, or 0 if there is none.
    std::int64_t size_of(const std::string& name) const;

    // Returns when a name was last added or taken away, in nanoseconds, or -1 if that is unknown.
    std::int64_t modified_at_ns() const;

    // Takes the lock of the directory, which one process and thread holds at a time, until the
    // descriptor is closed or the process ends. Waits for kKeyLockWaitMax at most.
    Result<OwnedFd> lock() const;

    // Takes the lock if nobody holds it; otherwise the descriptor is not valid.
    Result<OwnedFd> try_lock() const;

    // Returns whether there are temporary files. A crash left them, unless somebody is writing at
    // the moment.
    bool has_leftovers() const;
    // Deletes temporary files. The caller holds the lock.
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
