#pragma once

#include "keys/key_files.hpp"
#include "support/keys.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

// What the tests of key files and of their directory share.
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

// The only error of a load that has to fail.
inline std::string only_error(const keys::KeyLoad& load) {
    CHECK_FALSE(load.keys.has_value());
    REQUIRE(load.errors.size() == 1);
    return load.errors[0];
}

inline bool says(const std::string& sentence, std::string_view part) {
    return sentence.find(part) != std::string::npos;
}

}  // namespace signet::test
