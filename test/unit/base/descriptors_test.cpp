#include "base/descriptors.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

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
