#include "cli/password.hpp"

#include "support/scratch_pipe.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

using signet::cli::kPasswordLineBytesMax;
using signet::cli::read_new_password;
using signet::test::ScratchPipe;

namespace {

constexpr std::chrono::seconds kPatience{10};

// A terminal on which a child process asks for a password.
class Typist {
public:
    Typist() : terminal_(::posix_openpt(O_RDWR | O_NOCTTY)) {
        REQUIRE(::grantpt(terminal_) == 0);
        REQUIRE(::unlockpt(terminal_) == 0);
        const std::string path = ::ptsname(terminal_);
        line_ = ::open(path.c_str(), O_RDWR | O_NOCTTY);
        ::fcntl(terminal_, F_SETFL, O_NONBLOCK);
        REQUIRE(line_ >= 0);
        child_ = ::fork();
        if (child_ == 0) {
            for (const int number : {SIGINT, SIGTERM}) {
                std::signal(number, SIG_DFL);  // not the test framework's
            }
            ::setsid();
            ::ioctl(line_, TIOCSCTTY, 0);
            std::ofstream prompt(path);
            const auto read = read_new_password(line_, prompt);
            prompt.close();
            ::_exit(read.password && read.password->reveal() == "right" ? 0 : 1);
        }
    }
    ~Typist() {
        if (child_ > 0) {
            ::kill(child_, SIGKILL);
            ::waitpid(child_, nullptr, 0);
        }
        ::close(line_);
        ::close(terminal_);
    }
    Typist(const Typist&) = delete;
    Typist& operator=(const Typist&) = delete;

    bool echo() const {
        termios now{};
        ::tcgetattr(line_, &now);
        return (now.c_lflag & ECHO) != 0;
    }
    // Waits until the terminal shows a text that ends so, and returns what it showed since.
    std::string wait_for(std::string_view end) const {
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        std::string shown;
        while (!shown.ends_with(end) && std::chrono::steady_clock::now() < deadline) {
            char c = 0;
            if (::read(terminal_, &c, 1) == 1) {
                shown += c;
            } else {
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
        }
        REQUIRE(shown.ends_with(end));
        return shown;
    }
    void type(std::string_view text) const {
        REQUIRE(::write(terminal_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    void send(int signal_number) const { ::kill(child_, signal_number); }
    // Returns the exit status of the child.
    int wait() {
        int status = 0;
        ::waitpid(child_, &status, 0);
        child_ = -1;
        return status;
    }

private:
    int terminal_;
    int line_ = -1;
    pid_t child_ = -1;
};

}  // namespace

TEST_CASE("where stdin is no terminal, one line of it is the password") {
    std::ostringstream prompt;
    const ScratchPipe pipe("first\nsecond\n");
    const auto read = read_new_password(pipe.read_end(), prompt);
    REQUIRE(read.password.has_value());
    CHECK(read.password->reveal() == "first");
    CHECK(prompt.str().empty());
    CHECK(pipe.drain() == "second\n");
}

TEST_CASE("the last line of stdin needs no line break, and blanks are part of it") {
    std::ostringstream prompt;
    const ScratchPipe pipe(" a b ");
    CHECK(read_new_password(pipe.read_end(), prompt).password->reveal() == " a b ");
}

TEST_CASE("an empty line is no password") {
    std::ostringstream prompt;
    for (const char* text : {"", "\n"}) {
        const ScratchPipe pipe(text);
        const auto read = read_new_password(pipe.read_end(), prompt);
        CHECK_FALSE(read.password.has_value());
        CHECK(read.fault == "no password was given");
    }
}

TEST_CASE("a line that is too long is refused") {
    std::ostringstream prompt;
    const ScratchPipe fits(std::string(kPasswordLineBytesMax, 'x') + "\n");
    CHECK(read_new_password(fits.read_end(), prompt).password.has_value());
    const ScratchPipe too_long(std::string(kPasswordLineBytesMax + 1, 'x') + "\n");
    CHECK_FALSE(read_new_password(too_long.read_end(), prompt).password.has_value());
}

TEST_CASE("on a terminal the password is asked for twice and never shown") {
    Typist typist;
    typist.wait_for("Password: ");
    typist.type("right\n");
    const std::string shown = typist.wait_for("The same again: ");
    CHECK(shown.find("right") == std::string::npos);
    typist.type("right\n");
    CHECK(typist.wait() == 0);
    CHECK(typist.echo());
}

TEST_CASE("on a terminal two different passwords are refused") {
    Typist typist;
    typist.wait_for("Password: ");
    typist.type("right\n");
    typist.wait_for("The same again: ");
    typist.type("wrong\n");
    const int status = typist.wait();
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 1);
}

TEST_CASE(
    "on a terminal the echo is off while a password is asked for, and on again after Ctrl-C") {
    Typist typist;
    typist.wait_for("Password: ");
    CHECK_FALSE(typist.echo());
    typist.type("secr\x03");
    const int status = typist.wait();
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGINT);
    CHECK(typist.echo());
}

TEST_CASE("on a terminal the echo is on again when another process ends the command") {
    Typist typist;
    typist.wait_for("Password: ");
    typist.send(SIGTERM);
    const int status = typist.wait();
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGTERM);
    CHECK(typist.echo());
}
