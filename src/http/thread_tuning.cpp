#include "http/thread_tuning.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace signet::http {
namespace {

// struct sched_attr of linux/sched/types.h in its first version, which not all libc headers have.
struct SchedulingAttributes {
    std::uint32_t size = sizeof(SchedulingAttributes);
    std::uint32_t policy = 0;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime_ns = 0;
    std::uint64_t deadline_ns = 0;
    std::uint64_t period_ns = 0;
};

constexpr std::uint64_t kSliceNs = 100'000;  // the shortest that Linux accepts

}  // namespace

void name_this_thread(const std::string& name) {
    constexpr std::size_t kNameCharactersMax = 15;
    pthread_setname_np(pthread_self(), name.substr(0, kNameCharactersMax).c_str());
}

void add_to_nice(int nice) {
    if (nice == 0) {
        return;
    }
    const auto thread = static_cast<id_t>(gettid());
    errno = 0;  // -1 is a valid nice value, too
    const int now = getpriority(PRIO_PROCESS, thread);
    if (errno == 0) {
        setpriority(PRIO_PROCESS, thread, now + nice);
    }
}

void use_short_time_slices() {
    SchedulingAttributes attributes;
    const bool known = syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) == 0;
    // For other policies the figure means something else, and somebody has chosen it.
    if (known && (attributes.policy == SCHED_OTHER || attributes.policy == SCHED_BATCH)) {
        attributes.runtime_ns = kSliceNs;
        syscall(SYS_sched_setattr, 0, &attributes, 0);
    }
}

}  // namespace signet::http
