#pragma once

#include "base/system.hpp"

#include <iosfwd>

namespace signet::cli {

inline constexpr int kStandardInput = 0;

// Where a command reads and writes. Passwords are read from the descriptor, so that no buffer of a
// stream keeps a copy.
struct CommandIo {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    int password_fd = kStandardInput;
    bool colours = false;          // may stand in what goes to `out`
    bool err_is_terminal = false;  // so that progress may be drawn there
};

// Parses the arguments, reads the configuration and runs the command. Returns the exit code of the
// process. It has to be called before any thread is started.
int run_command_line(int argc, const char* const* argv, const CommandIo& io);

}  // namespace signet::cli
