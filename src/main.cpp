#include "cli/commands.hpp"

#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string_view>

namespace {

// Keys and passwords live in this process: no other process of the same user may read its memory,
// and no core dump holds it.
void harden_process() {
#ifndef __SANITIZE_ADDRESS__  // the leak checker attaches to its own process
    ::prctl(PR_SET_DUMPABLE, 0);
#endif
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    std::signal(SIGPIPE, SIG_IGN);  // a peer that went away is an error of write(2)
    ::umask(077);
    std::setlocale(LC_ALL, "C");
}

// Starts the program once more, and has the dynamic linker bind every function before main(): it
// reads that wish at its own start only. A function of a shared library that is bound at its first
// call is bound by glibc with the vector registers saved on the stack, and in those memcpy has left
// a piece of a password or token, where nothing would wipe it. Where this fails (no /proc, a
// program file that was replaced), the process goes on as it is.
void bind_functions_first(char** argv) {
    constexpr const char* kWish = "LD_BIND_NOW";
    // A linker that guards a privileged program (file capabilities) takes the wish away, and would
    // be asked for ever. One that was started by hand would stand where the program should.
    const bool linker_listens = ::getauxval(AT_SECURE) == 0 && ::getauxval(AT_BASE) != 0;
    const char* wish = std::getenv(kWish);
    const bool granted = wish != nullptr && !std::string_view(wish).empty();
    if (granted || !linker_listens || ::setenv(kWish, "1", 1) != 0) {
        return;
    }
    std::array<char, PATH_MAX> program{};  // the last byte stays 0
    if (::readlink("/proc/self/exe", program.data(), program.size() - 1) > 0) {
        ::execv(program.data(), argv);
    }
}

}  // namespace

int main(int argc, char** argv) {
    bind_functions_first(argv);
    harden_process();
    return signet::cli::run_command_line(
        argc, argv, {std::cin, std::cout, std::cerr, signet::cli::kStandardInput});
}
