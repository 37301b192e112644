#include "cli/commands.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <clocale>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string_view>

namespace {

// Keeps other processes of the same user from reading the memory of this one, and keeps it out of
// core dumps, because it holds keys and passwords.
void harden_process() {
#ifndef __SANITIZE_ADDRESS__  // the leak checker attaches to its own process
    ::prctl(PR_SET_DUMPABLE, 0);
#endif
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    std::signal(SIGPIPE, SIG_IGN);  // write(2) reports a closed connection as an error instead
    ::umask(077);
    std::setlocale(LC_ALL, "C");
}

// What https://no-color.org asks for, and terminals that know no colours.
bool is_set(const char* name, std::string_view only = {}) {
    const char* const value = std::getenv(name);
    return value != nullptr && *value != '\0' && (only.empty() || value == only);
}

}  // namespace

int main(int argc, char** argv) {
    harden_process();
    const bool dumb = is_set("TERM", "dumb");
    return signet::cli::run_command_line(
        argc, argv,
        {.in = std::cin,
         .out = std::cout,
         .err = std::cerr,
         .colours = ::isatty(STDOUT_FILENO) == 1 && !dumb && !is_set("NO_COLOR"),
         .err_is_terminal = ::isatty(STDERR_FILENO) == 1 && !dumb});
}
