#pragma once

#include <stdexcept>
#include <string_view>
#include <vector>

// What the fuzz targets, libFuzzer and the test that replays inputs share.
namespace signet::test {

// Throws std::logic_error with `promise` if it did not hold. libFuzzer takes that for a crash, and
// doctest for a failed test.
inline void hold(bool held, const char* promise) {
    if (!held) {
        throw std::logic_error(promise);
    }
}

struct FuzzTarget {
    std::string_view name;                // of its file, and of its folder below test/fuzz/corpus
    void (*run)(std::string_view input);  // throws what hold() throws
};

// Returns the targets that are linked: one in a program of libFuzzer, all in the test.
inline std::vector<FuzzTarget>& fuzz_targets() {
    static std::vector<FuzzTarget> targets;
    return targets;
}

// A constant of this type in the file of a target makes it known.
struct FuzzRegistration {
    FuzzRegistration(std::string_view name, void (*run)(std::string_view)) {
        fuzz_targets().push_back({name, run});
    }
};

}  // namespace signet::test
