#include "base/resources.hpp"

#include "support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <string>

namespace signet {
namespace {

// Returns the quota where these files and no others are below the root.
std::optional<double> quota_with(const std::map<std::string, std::string>& files) {
    const test::TempDir root;
    for (const auto& [name, text] : files) {
        std::filesystem::create_directories((root.path() / name).parent_path());
        root.write(name, text);
    }
    return cpu_quota(root.str());
}

std::optional<std::uint64_t> memory_with(const std::map<std::string, std::string>& files) {
    const test::TempDir root;
    for (const auto& [name, text] : files) {
        std::filesystem::create_directories((root.path() / name).parent_path());
        root.write(name, text);
    }
    return memory_limit(root.str());
}

TEST_CASE("the least memory limit of a group and those above it counts, in cgroup v1 and v2") {
    CHECK(memory_with({{"proc/self/cgroup", "0::/\n"},
                       {"sys/fs/cgroup/memory.max", "536870912\n"}}) == 536870912);
    CHECK(memory_with({{"proc/self/cgroup", "0::/a/b\n"},
                       {"sys/fs/cgroup/a/b/memory.max", "max\n"},
                       {"sys/fs/cgroup/a/memory.max", "1048576\n"}}) == 1048576);
    CHECK(memory_with({{"proc/self/cgroup", "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n"},
                       {"sys/fs/cgroup/memory/memory.limit_in_bytes", "2097152\n"}}) == 2097152);
    CHECK_FALSE(memory_with({}).has_value());
    CHECK_FALSE(memory_with({{"proc/self/cgroup", "0::/\n"}, {"sys/fs/cgroup/memory.max", "max\n"}})
                    .has_value());
    CHECK(usable_memory_bytes() > 0);
}

TEST_CASE("threads are as many as the cores that are visible and that the quota allows") {
    CHECK(whole_cores(64, 2.0) == 2);
    CHECK(whole_cores(64, 1.5) == 2);
    CHECK(whole_cores(64, 0.1) == 1);
    CHECK(whole_cores(64, std::nullopt) == 64);
    CHECK(whole_cores(4, 16.0) == 4);
    CHECK(whole_cores(0, std::nullopt) == 1);
}

TEST_CASE("the quota of cgroup v2 is that of a container, which sees its group as the topmost") {
    CHECK(quota_with({{"proc/self/cgroup", "0::/\n"},
                      {"sys/fs/cgroup/cpu.max", "200000 100000\n"}}) == 2.0);
    CHECK(quota_with({{"proc/self/cgroup", "0::/kubepods/pod1/abc\n"},
                      {"sys/fs/cgroup/cpu.max", "50000 100000\n"}}) == 0.5);
    CHECK(quota_with({{"proc/self/cgroup", "0::/../../other\n"},
                      {"sys/fs/cgroup/cpu.max", "50000 100000\n"}}) == 0.5);
}

TEST_CASE("the least quota of a group and those above it counts") {
    CHECK(quota_with({{"proc/self/cgroup", "0::/system.slice/signet.service\n"},
                      {"sys/fs/cgroup/system.slice/signet.service/cpu.max", "400000 100000\n"},
                      {"sys/fs/cgroup/system.slice/cpu.max", "300000 100000\n"}}) == 3.0);
    CHECK(quota_with({{"proc/self/cgroup", "0::/system.slice/signet.service\n"},
                      {"sys/fs/cgroup/system.slice/signet.service/cpu.max", "150000 100000\n"},
                      {"sys/fs/cgroup/system.slice/cpu.max", "max 100000\n"}}) == 1.5);
}

TEST_CASE("the quota of cgroup v1 is read as well, in a container and on a machine") {
    const std::string groups = "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n0::/docker/abc\n";
    CHECK(quota_with({{"proc/self/cgroup", groups},
                      {"sys/fs/cgroup/cpu/cpu.cfs_quota_us", "250000\n"},
                      {"sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}}) == 2.5);
    CHECK(quota_with({{"proc/self/cgroup", groups},
                      {"sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us", "100000\n"},
                      {"sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us", "100000\n"}}) ==
          1.0);
}

TEST_CASE("without a limit there is no quota") {
    CHECK_FALSE(quota_with({}).has_value());
    CHECK_FALSE(quota_with({{"proc/self/cgroup", "0::/\n"}}).has_value());
    CHECK_FALSE(
        quota_with({{"proc/self/cgroup", "0::/\n"}, {"sys/fs/cgroup/cpu.max", "max 100000\n"}})
            .has_value());
    CHECK_FALSE(quota_with({{"proc/self/cgroup", "4:cpu,cpuacct:/\nnonsense\n"},
                            {"sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"},
                            {"sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}})
                    .has_value());
    CHECK_FALSE(
        quota_with({{"proc/self/cgroup", "0::/\n"}, {"sys/fs/cgroup/cpu.max", "200000 0\n"}})
            .has_value());
}

TEST_CASE("a process can use at least one core") {
    CHECK(usable_cores() >= 1);
}

}  // namespace
}  // namespace signet
