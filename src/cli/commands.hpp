#pragma once

#include "base/system.hpp"

#include <iosfwd>

namespace signet::cli {

inline constexpr int kStandardInput = 0;

// Where a command reads and writes. Passwords are read from the descriptor and bypass every buffer.
struct CommandIo {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    int password_fd = kStandardInput;
};

// Parses the arguments, reads the configuration and runs the command. Returns the exit code of the
// process. Call it before threads start.
int run_command_line(int argc, const char* const* argv, const CommandIo& io);

}  // namespace signet::cli
