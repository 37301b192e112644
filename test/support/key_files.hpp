#pragma once

#include "keys/directory_home.hpp"
#include "support/keys.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

// Helpers of the tests of key files and their directory.
namespace signet::test {

inline std::string pem(std::size_t index) {
    return *key(index).to_private_pem();
}

inline std::string file_name(std::string_view state, std::size_t index) {
    return std::string(state) + '-' + key(index).thumbprint() + ".pem";
}

inline std::vector<std::string> names_in(const std::filesystem::path& path) {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
        out.push_back(entry.path().filename().string());
    }
    std::ranges::sort(out);
    return out;
}

inline mode_t mode_of(const std::filesystem::path& path) {
    struct stat status{};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777;
}

// Returns the only error of a load that has to fail.
inline std::string only_error(const keys::KeyLoad& load) {
    CHECK_FALSE(load.keys.has_value());
    REQUIRE(load.errors.size() == 1);
    return load.errors[0];
}

// Runs `work` in a child process that is killed before step number `at`, counted from 0, and
// returns whether it was killed. A child that ends by itself has to succeed.
inline bool is_killed_at(
    int at, const std::function<bool(const std::function<void(std::string_view)>&)>& work) {
    constexpr int kKilled = 9;
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        int step = 0;
        const bool done = work([&](std::string_view) {
            if (step++ == at) {
                ::_exit(kKilled);
            }
        });
        ::_exit(done ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    REQUIRE(WEXITSTATUS(status) != 1);
    return WEXITSTATUS(status) == kKilled;
}

inline bool says(const std::string& sentence, std::string_view part) {
    return sentence.find(part) != std::string::npos;
}

}  // namespace signet::test
