#include "http/thread_tuning.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

namespace signet::http {

void name_this_thread(const std::string& name) {
    constexpr std::size_t kNameCharactersMax = 15;
    pthread_setname_np(pthread_self(), name.substr(0, kNameCharactersMax).c_str());
}

void add_to_nice(int nice) {
    if (nice == 0) {
        return;
    }
    const auto thread = static_cast<id_t>(gettid());
    errno = 0;  // -1 is a nice value, too
    const int now = getpriority(PRIO_PROCESS, thread);
    if (errno == 0) {
        setpriority(PRIO_PROCESS, thread, now + nice);
    }
}

}  // namespace signet::http
