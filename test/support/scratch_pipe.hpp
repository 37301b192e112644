#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

namespace signet::test {

// A pipe for one test. What was written to it can be read back without waiting.
class ScratchPipe {
public:
    ScratchPipe() {
        if (::pipe2(ends_.data(), O_CLOEXEC) != 0) {
            throw std::system_error(errno, std::system_category(), "pipe2");
        }
        ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    }
    // Makes a pipe that contains `text` and then ends.
    explicit ScratchPipe(std::string_view text) : ScratchPipe() {
        if (::write(ends_[1], text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
            throw std::system_error(errno, std::system_category(), "write");
        }
        close_write_end();
    }
    ~ScratchPipe() {
        close_write_end();
        ::close(ends_[0]);
    }
    ScratchPipe(const ScratchPipe&) = delete;
    ScratchPipe& operator=(const ScratchPipe&) = delete;

    int read_end() const { return ends_[0]; }
    int write_end() const { return ends_[1]; }

    std::string drain() const {
        std::string out;
        std::array<char, 4096> buffer{};
        ssize_t got = 0;
        while ((got = ::read(ends_[0], buffer.data(), buffer.size())) > 0) {
            out.append(buffer.data(), static_cast<std::size_t>(got));
        }
        return out;
    }

private:
    void close_write_end() {
        if (ends_[1] >= 0) {
            ::close(ends_[1]);
            ends_[1] = -1;
        }
    }
    std::array<int, 2> ends_{-1, -1};
};

}  // namespace signet::test
