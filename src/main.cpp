#include "cli/commands.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <clocale>
#include <csignal>
#include <iostream>

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

}  // namespace

int main(int argc, char** argv) {
    harden_process();
    return signet::cli::run_command_line(
        argc, argv, {std::cin, std::cout, std::cerr, signet::cli::kStandardInput});
}
