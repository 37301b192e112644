#include "cli/password.hpp"

#include "base/secret.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <functional>
#include <ostream>
#include <string>

namespace signet::cli {
namespace {

constexpr std::string_view kNone = "no password was given";
constexpr std::string_view kTooLong = "the password is longer than 4096 bytes";
constexpr std::string_view kDifferent = "the two passwords differ";
constexpr std::string_view kUnreadable = "the password cannot be read";

// Blocks the signals that end or stop a process, so that none comes between switching the echo off
// and on. fd() becomes readable when one is pending.
class HeldSignals {
public:
    HeldSignals() {
        sigset_t set;
        sigemptyset(&set);
        for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU}) {
            sigaddset(&set, number);
        }
        pthread_sigmask(SIG_BLOCK, &set, &before_);
        fd_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    }
    // A signal that came meanwhile takes effect here.
    ~HeldSignals() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;

    int fd() const { return fd_; }

private:
    sigset_t before_{};
    int fd_ = -1;
};

class EchoOff {
public:
    explicit EchoOff(int fd) : fd_(fd), known_(::tcgetattr(fd, &before_) == 0) {
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        silent.c_lflag |= static_cast<tcflag_t>(ECHONL | ICANON | ISIG);
        off_ = known_ && ::tcsetattr(fd, TCSAFLUSH, &silent) == 0;
    }
    ~EchoOff() {
        if (known_) {
            ::tcsetattr(fd_, TCSAFLUSH, &before_);
        }
    }
    EchoOff(const EchoOff&) = delete;
    EchoOff& operator=(const EchoOff&) = delete;

    bool off() const { return off_; }

private:
    int fd_;
    termios before_{};
    bool known_;
    bool off_ = false;
};

// Appends to `line` what comes before the next line break. Reads one byte at a time, so that what
// follows stays unread. Returns what went wrong, or an empty text.
std::string_view read_line(int fd, std::string& line) {
    line.reserve(kPasswordLineBytesMax + 1);  // never grows, so that one wipe reaches all of it
    for (;;) {
        char c = 0;
        const ssize_t got = ::read(fd, &c, 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return kUnreadable;
        }
        if (got == 0 || c == '\n') {
            return line.empty() ? kNone : std::string_view{};
        }
        if (line.size() == kPasswordLineBytesMax) {
            return kTooLong;
        }
        line += c;
    }
}

// The outcome of one question. `interrupted` means that a held signal is about to take effect.
struct Answer {
    std::string_view fault;
    bool interrupted = false;
};

// Asks once. When it returns, the terminal is as it was before. The question is printed after the
// echo was switched off, so that what is typed in reply is neither shown nor discarded.
Answer ask_once(int fd, const HeldSignals& signals, const std::function<void()>& question,
                std::string& line) {
    const EchoOff echo(fd);
    if (!echo.off()) {
        return {"the echo of the terminal cannot be switched off", false};
    }
    question();
    std::array<pollfd, 2> waited{{{fd, POLLIN, 0}, {signals.fd(), POLLIN, 0}}};
    while (::poll(waited.data(), waited.size(), -1) < 0) {
        if (errno != EINTR) {
            return {kUnreadable, false};
        }
    }
    if (waited[1].revents != 0) {
        return {{}, true};
    }
    return {read_line(fd, line), false};
}

PasswordRead ask(int fd, std::ostream& prompt, std::string_view question) {
    for (;;) {
        const HeldSignals signals;
        std::string line;
        const WipeOnExit wiped(line);
        const Answer answer =
            ask_once(fd, signals, [&] { prompt << question << std::flush; }, line);
        if (answer.interrupted) {
            prompt << '\n' << std::flush;
            continue;  // after Ctrl-Z and `fg`; other signals have ended the process
        }
        if (!answer.fault.empty()) {
            return {{}, answer.fault};
        }
        return {config::SecretText(line), {}};
    }
}

}  // namespace

PasswordRead read_new_password(int fd, std::ostream& prompt) {
    if (::isatty(fd) != 1) {
        std::string line;
        const WipeOnExit wiped(line);
        const std::string_view fault = read_line(fd, line);
        return fault.empty() ? PasswordRead{config::SecretText(line), {}} : PasswordRead{{}, fault};
    }
    PasswordRead first = ask(fd, prompt, "Password: ");
    if (!first.password) {
        return first;
    }
    PasswordRead second = ask(fd, prompt, "The same again: ");
    if (!second.password) {
        return second;
    }
    if (!equal_in_constant_time(first.password->reveal(), second.password->reveal())) {
        return {{}, kDifferent};
    }
    return first;
}

}  // namespace signet::cli
