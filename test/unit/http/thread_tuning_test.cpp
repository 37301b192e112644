#include "http/thread_tuning.hpp"

#include <doctest/doctest.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <thread>

namespace {

// The first version of the kernel's struct sched_attr.
struct Attributes {
    std::uint32_t size = sizeof(Attributes);
    std::uint32_t policy = 0;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 0;
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;
};

Attributes attributes_now() {
    Attributes now;
    REQUIRE(syscall(SYS_sched_getattr, 0, &now, sizeof now, 0) == 0);
    return now;
}

}  // namespace

TEST_CASE("a thread that takes short turns keeps its policy and its nice value") {
    std::thread([] {
        signet::http::add_to_nice(3);
        const Attributes before = attributes_now();
        signet::http::use_short_time_slices();
        const Attributes after = attributes_now();
        CHECK(after.policy == before.policy);
        CHECK(after.nice == before.nice);
        // What an older kernel leaves as it is.
        CHECK((after.runtime == 100'000 || after.runtime == before.runtime));
    }).join();
}

TEST_CASE("a thread that runs only when nobody else does keeps its turns") {
    std::thread([] {
        const sched_param none{};
        REQUIRE(sched_setscheduler(0, SCHED_IDLE, &none) == 0);
        const Attributes before = attributes_now();
        signet::http::use_short_time_slices();
        CHECK(attributes_now().policy == SCHED_IDLE);
        CHECK(attributes_now().runtime == before.runtime);
    }).join();
}
