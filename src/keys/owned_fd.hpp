#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace signet::keys {

// A file descriptor that is closed at the end.
class OwnedFd {
public:
    explicit OwnedFd(int fd = -1) : fd_(fd) {}
    ~OwnedFd();
    OwnedFd(const OwnedFd&) = delete;
    OwnedFd& operator=(const OwnedFd&) = delete;
    OwnedFd(OwnedFd&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
    OwnedFd& operator=(OwnedFd&& other) noexcept;
    int get() const { return fd_; }
    bool valid() const { return fd_ >= 0; }

private:
    int fd_;
};

// Whether all of `text` was written; errno says why not.
bool write_all(int fd, std::string_view text);

// Reads to the end of the file, but never more than fits into `buffer`, whose size stays. Gives how
// many bytes there were; below zero: errno says why.
ssize_t read_all(int fd, std::string& buffer);

}  // namespace signet::keys
