#include "server/stop_signals.hpp"

#include <pthread.h>

#include <ctime>

namespace signet::server {

StopSignals::StopSignals() {
    sigemptyset(&set_);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
        sigaddset(&set_, signal);
    }
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
}

std::optional<int> StopSignals::wait_for(std::chrono::milliseconds timeout) const {
    const timespec limit{.tv_sec = timeout.count() / 1000,
                         .tv_nsec = (timeout.count() % 1000) * 1'000'000};
    const int signal = sigtimedwait(&set_, nullptr, &limit);
    return signal > 0 ? std::optional<int>(signal) : std::nullopt;
}

void StopSignals::let_through() const {
    pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
}

}  // namespace signet::server
