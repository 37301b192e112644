#include "support/fuzz.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using signet::test::fuzz_targets;

namespace {

const std::filesystem::path kCorpus = std::filesystem::path(SIGNET_SOURCE_DIR) / "test/fuzz/corpus";
// The corpora are to be read by people; what fuzzing finds beside them stays in build/fuzz.
constexpr std::size_t kCorpusBytesMax = 8192;

std::vector<std::filesystem::path> inputs_of(std::string_view target) {
    std::vector<std::filesystem::path> out;
    for (const auto& entry : std::filesystem::directory_iterator(kCorpus / target)) {
        out.push_back(entry.path());
    }
    std::ranges::sort(out);
    return out;
}

// Without a terminating zero, so that ASan sees who reads beyond the end.
std::vector<char> bytes_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

// The first `size` bytes in a block of memory of just that size.
void run(const signet::test::FuzzTarget& target, const std::vector<char>& bytes, std::size_t size) {
    CAPTURE(size);
    const std::vector<char> exact(bytes.begin(), bytes.begin() + static_cast<long>(size));
    CHECK_NOTHROW(target.run(std::string_view(exact.data(), exact.size())));
}

}  // namespace

TEST_CASE("every fuzz target holds its promises for its inputs and for all their beginnings") {
    for (const auto& target : fuzz_targets()) {
        for (const auto& file : inputs_of(target.name)) {
            CAPTURE(file.string());
            const std::vector<char> bytes = bytes_of(file);
            for (std::size_t size = 0; size <= bytes.size(); ++size) {
                run(target, bytes, size);
            }
        }
    }
}

TEST_CASE("every fuzz target has a small corpus, and every corpus its target") {
    std::set<std::string> names;
    for (const auto& target : fuzz_targets()) {
        CAPTURE(target.name);
        names.emplace(target.name);
        std::uintmax_t total = 0;
        for (const auto& file : inputs_of(target.name)) {
            total += std::filesystem::file_size(file);
        }
        CHECK(total > 0);
        CHECK(total <= kCorpusBytesMax);
    }
    std::set<std::string> folders;
    for (const auto& entry : std::filesystem::directory_iterator(kCorpus)) {
        folders.insert(entry.path().filename().string());
    }
    CHECK(names == folders);
}
