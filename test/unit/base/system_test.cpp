#include "base/system.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <string>

namespace {

class FixedRandom final : public signet::Random {
public:
    explicit FixedRandom(std::byte value) : value_(value) {}
    void fill(std::span<std::byte> out) override { std::ranges::fill(out, value_); }

private:
    std::byte value_;
};

}  // namespace

TEST_CASE("a random UUID carries version 4 and the RFC's variant whatever the bytes are") {
    FixedRandom zeros(std::byte{0x00});
    FixedRandom ones(std::byte{0xFF});
    CHECK(signet::random_uuid(zeros) == "00000000-0000-4000-8000-000000000000");
    CHECK(signet::random_uuid(ones) == "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

TEST_CASE("random UUIDs do not repeat") {
    signet::SystemRandom random;
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        seen.insert(signet::random_uuid(random));
    }
    CHECK(seen.size() == 1000);
}

TEST_CASE("the system's random bytes fill the whole span") {
    signet::SystemRandom random;
    std::array<std::byte, 4096> bytes{};
    random.fill(bytes);
    std::array<int, 256> counts{};
    for (const std::byte byte : bytes) {
        ++counts[std::to_integer<std::size_t>(byte)];
    }
    CHECK(*std::ranges::max_element(counts) < 64);
}

TEST_CASE("the system clock tells Unix time") {
    CHECK(signet::SystemClock().now_s() > 1'700'000'000);
}

namespace signet {
namespace {

TEST_CASE("the limit of open files is raised to what the system lets the process have") {
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    const rlimit low{before.rlim_max / 2, before.rlim_max};
    REQUIRE(setrlimit(RLIMIT_NOFILE, &low) == 0);
    const std::size_t raised = raise_descriptor_limit();
    rlimit after{};
    REQUIRE(getrlimit(RLIMIT_NOFILE, &after) == 0);
    CHECK(raised == before.rlim_max);
    CHECK(after.rlim_cur == before.rlim_max);
    CHECK(raise_descriptor_limit() == raised);
    setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace signet
