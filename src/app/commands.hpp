#pragma once

#include "app/config.hpp"
#include "base/log.hpp"

#include <iosfwd>

namespace signet::app {

// The exit codes of every command (product, section 2); 78 stands in config_load.hpp.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitWrongUsage = 2;

inline constexpr int kStandardInput = 0;

// Where a command reads and writes. Passwords are read from the descriptor, past every buffer.
struct CommandIo {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    int password_fd = kStandardInput;
};

// Serves until a signal; the exit code of the process.
int run_serve(const Config& config, const Log& log);

// Parses the arguments, reads the configuration and runs the command; the exit code of the process.
// Call it before threads start.
int run_command_line(int argc, const char* const* argv, const CommandIo& io);

}  // namespace signet::app
