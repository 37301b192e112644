#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace signet {

// Returns how many cores' time the control group of this process and those above it let it use, or
// nothing if none of them sets a limit. Knows cgroup v2 (cpu.max) and v1 (cpu.cfs_quota_us). `root`
// stands before /proc and /sys, and is not empty in tests only.
std::optional<double> cpu_quota(const std::string& root = {});

// The same for the bytes of memory (memory.max, memory.limit_in_bytes).
std::optional<std::uint64_t> memory_limit(const std::string& root = {});

// Returns how many threads can run at the same time, at least 1: a part of a core counts as one.
std::size_t whole_cores(std::size_t visible, std::optional<double> quota);

// Returns that of this process, from the cores it may run on (cpuset and affinity) and its quota.
std::size_t usable_cores();

// What this process takes now. A figure that /proc does not tell is 0.
struct ProcessFigures {
    double cpu_s = 0;  // of all threads
    std::uint64_t resident_bytes = 0;
    std::uint64_t virtual_bytes = 0;
    std::uint64_t threads = 0;
    std::uint64_t descriptors = 0;
    std::uint64_t descriptors_max = 0;
};
ProcessFigures process_figures();

// Returns how much memory this process may use: that of the machine, or its limit if that is less.
std::uint64_t usable_memory_bytes();

}  // namespace signet
