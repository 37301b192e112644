#include "password/argon2.hpp"

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>
#include <string>
#include <thread>

namespace {

constexpr std::size_t kHugePageBytes = std::size_t{2} * 1024 * 1024;
constexpr std::size_t kDefaultBytes = std::size_t{19456} * 1024;

// The kernel's flags of the mapping that `wanted` is true of; empty when there is none. `wanted` is
// given where a mapping begins and how many kilobytes it has.
template <class Wanted>
std::string flags_of(Wanted wanted) {
    std::ifstream maps("/proc/self/smaps");
    std::string line;
    std::uintptr_t begin = 0;
    std::size_t kilobytes = 0;
    while (std::getline(maps, line)) {
        std::istringstream words(line);
        std::string name;
        words >> name;
        if (name.find('-') != std::string::npos && name.back() != ':') {
            begin = std::stoull(name.substr(0, name.find('-')), nullptr, 16);
        } else if (name == "Size:") {
            words >> kilobytes;
        } else if (name == "VmFlags:" && wanted(begin, kilobytes)) {
            return line + ' ';
        }
    }
    return {};
}

bool has_huge_pages() {
    return std::filesystem::exists("/sys/kernel/mm/transparent_hugepage/enabled");
}

}  // namespace

TEST_CASE("memory for Argon2 begins on a huge page, may have more of them, and is not dumped") {
    void* const memory = signet::map_argon2_memory(kDefaultBytes);
    REQUIRE(memory != MAP_FAILED);
    const auto at = reinterpret_cast<std::uintptr_t>(memory);
    CHECK(at % kHugePageBytes == 0);
    const std::string flags =
        flags_of([at](std::uintptr_t begin, std::size_t) { return begin == at; });
    CHECK(flags.find(" dd ") != std::string::npos);
    CHECK((!has_huge_pages() || flags.find(" hg ") != std::string::npos));
    munmap(memory, kDefaultBytes);
}

TEST_CASE("memory for Argon2 can be written to its last byte, and is no larger than that") {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    for (const std::size_t bytes :
         {std::size_t{8192}, kHugePageBytes, kHugePageBytes + 1, kDefaultBytes}) {
        CAPTURE(bytes);
        void* const memory = signet::map_argon2_memory(bytes);
        REQUIRE(memory != MAP_FAILED);
        std::memset(memory, 0x5A, bytes);
        const auto at = reinterpret_cast<std::uintptr_t>(memory);
        const std::size_t kilobytes = (bytes + page - 1) / page * page / 1024;
        const auto is_it = [&](std::uintptr_t begin, std::size_t size) {
            return begin == at && size == kilobytes;
        };
        CHECK_FALSE(flags_of(is_it).empty());
        munmap(memory, bytes);
        CHECK(flags_of(is_it).empty());
    }
}

TEST_CASE("memory that the kernel has not got is refused") {
    CHECK(signet::map_argon2_memory(SIZE_MAX / 2) == MAP_FAILED);
    CHECK(signet::map_argon2_memory(SIZE_MAX - 1) == MAP_FAILED);
}

#ifndef SIGNET_PLAIN_SODIUM
TEST_CASE("libsodium hashes in such memory, though it asks for its own") {
    constexpr std::uint32_t kMemoryKib = 256 * 1024;
    std::atomic<bool> done = false;
    const std::string salt(16, 's');
    std::thread hashing([&] {
        std::array<std::byte, 32> tag{};
        const signet::Argon2Options options{kMemoryKib, 3, 1};
        CHECK(signet::derive_argon2(
                  {signet::Argon2Variant::argon2id, options, "correct horse", salt}, tag) ==
              signet::Argon2Outcome::done);
        done = true;
    });
    std::string flags;
    while (!done && flags.empty()) {
        flags = flags_of([](std::uintptr_t begin, std::size_t kilobytes) {
            return kilobytes == kMemoryKib && begin % kHugePageBytes == 0;
        });
        // Between the mapping and the advice about it there is a moment.
        if (flags.find(" dd ") == std::string::npos) {
            flags.clear();
        }
    }
    hashing.join();
    CHECK_FALSE(flags.empty());
}
#endif
