#include "base/resources.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

namespace signet {
namespace {

// Returns the first words of a file, or nothing if it cannot be read.
std::vector<std::string> words_of(const std::string& path) {
    std::ifstream file(path);
    std::vector<std::string> words;
    for (std::string word; words.size() < 2 && file >> word;) {
        words.push_back(word);
    }
    return words;
}

// Returns quota / period, or nothing where the quota is no number above 0: `max` and -1 mean that
// there is no limit.
std::optional<double> ratio(const std::string& quota, const std::string& period) {
    double quota_us = 0;
    double period_us = 0;
    std::istringstream(quota) >> quota_us;
    std::istringstream(period) >> period_us;
    return quota_us > 0 && period_us > 0 ? std::optional(quota_us / period_us) : std::nullopt;
}

std::optional<double> quota_of(const std::string& group) {
    if (const auto v2 = words_of(group + "/cpu.max"); v2.size() == 2) {
        return ratio(v2[0], v2[1]);
    }
    const auto quota = words_of(group + "/cpu.cfs_quota_us");
    const auto period = words_of(group + "/cpu.cfs_period_us");
    return quota.empty() || period.empty() ? std::nullopt : ratio(quota[0], period[0]);
}

std::optional<double> memory_of(const std::string& group) {
    for (const char* file : {"/memory.max", "/memory.limit_in_bytes"}) {
        const auto words = words_of(group + file);
        std::uint64_t bytes = 0;
        if (!words.empty() &&
            std::from_chars(words[0].data(), words[0].data() + words[0].size(), bytes).ec ==
                std::errc{}) {
            return static_cast<double>(bytes);
        }
    }
    return std::nullopt;
}

// Reads a limit of one group.
using Reader = std::optional<double> (*)(const std::string& group);

// Returns the least limit of a group and those above it. A container often sees its own group as
// the topmost one, whatever path /proc names; then only that is there.
std::optional<double> least_limit(const std::string& mount, std::string group, Reader read) {
    if (group.find("..") != std::string::npos) {
        group.clear();
    }
    std::optional<double> least;
    for (;;) {
        if (const auto limit = read(mount + group); limit && (!least || *limit < *least)) {
            least = limit;
        }
        const std::size_t slash = group.rfind('/');
        if (group.empty() || slash == std::string::npos) {
            return least;
        }
        group.resize(slash);
    }
}

bool lists(std::string_view controllers, std::string_view controller) {
    return (',' + std::string(controllers) + ',').find(',' + std::string(controller) + ',') !=
           std::string::npos;
}

// Returns the limit that a controller sets for this process.
std::optional<double> limit_by(const std::string& controller, const std::string& root,
                               Reader read) {
    const std::string mounts = root + "/sys/fs/cgroup";
    std::ifstream groups(root + "/proc/self/cgroup");
    // A line is NUMBER:CONTROLLERS:PATH, and v2 names no controllers.
    for (std::string line; std::getline(groups, line);) {
        const std::size_t first = line.find(':');
        const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
        if (second == std::string::npos) {
            continue;
        }
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const std::string path = line.substr(second + 1);
        std::optional<double> limit;
        if (controllers.empty()) {
            limit = least_limit(mounts, path, read);
        } else if (lists(controllers, controller)) {
            limit = least_limit(std::string(mounts).append(1, '/').append(controller), path, read);
            if (!limit) {
                limit =
                    least_limit(std::string(mounts).append(1, '/').append(controllers), path, read);
            }
        }
        if (limit) {
            return limit;
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<double> cpu_quota(const std::string& root) {
    return limit_by("cpu", root, &quota_of);
}

std::optional<std::uint64_t> memory_limit(const std::string& root) {
    const auto bytes = limit_by("memory", root, &memory_of);
    return bytes ? std::optional(static_cast<std::uint64_t>(*bytes)) : std::nullopt;
}

std::uint64_t usable_memory_bytes() {
    const std::uint64_t machine = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                                  static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    return std::min(machine, memory_limit().value_or(machine));
}

namespace {

// Linux says since 6.2 how many there are; before, they have to be counted.
std::uint64_t count_descriptors() {
    constexpr const char* kDirectory = "/proc/self/fd";
    struct stat info{};
    if (::stat(kDirectory, &info) == 0 && info.st_size > 0) {
        return static_cast<std::uint64_t>(info.st_size);
    }
    std::error_code error;
    const std::filesystem::directory_iterator all(kDirectory, error);
    return error ? 0 : static_cast<std::uint64_t>(std::distance(begin(all), end(all)));
}

}  // namespace

ProcessFigures process_figures() {
    ProcessFigures figures;
    std::ifstream file("/proc/self/stat");
    std::string text;
    std::getline(file, text);
    // The name in parentheses may hold anything; behind it stand numbers (proc_pid_stat(5)).
    std::istringstream fields(text.substr(std::min(text.rfind(')') + 1, text.size())));
    std::vector<std::string> stat(std::istream_iterator<std::string>(fields), {});
    constexpr std::size_t kFields = 22;
    if (stat.size() >= kFields) {
        const auto at = [&](std::size_t i) { return std::strtoull(stat[i].c_str(), nullptr, 10); };
        figures.cpu_s =
            static_cast<double>(at(11) + at(12)) / static_cast<double>(sysconf(_SC_CLK_TCK));
        figures.threads = at(17);
        figures.virtual_bytes = at(20);
        figures.resident_bytes = at(21) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    }
    figures.descriptors = count_descriptors();
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        figures.descriptors_max = limit.rlim_cur;
    }
    return figures;
}

std::size_t whole_cores(std::size_t visible, std::optional<double> quota) {
    const double most = static_cast<double>(std::max<std::size_t>(visible, 1));
    return static_cast<std::size_t>(std::clamp(std::ceil(quota.value_or(most)), 1.0, most));
}

std::size_t usable_cores() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    // Fails on a machine with more cores than the set has room for.
    const bool known = ::sched_getaffinity(0, sizeof allowed, &allowed) == 0;
    const auto visible = known ? static_cast<std::size_t>(CPU_COUNT(&allowed))
                               : std::size_t{std::thread::hardware_concurrency()};
    return whole_cores(visible, cpu_quota());
}

}  // namespace signet
