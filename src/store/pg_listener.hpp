#pragma once

#include "store/conninfo.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace signet::store {

// A separate connection that does nothing but LISTEN on one channel. It belongs to one thread.
// NOTIFY is only a hint: a notification that is sent while the connection is broken is lost
// silently.
class Listener {
public:
    // `channel` has to be a string literal. Connects at first use.
    Listener(ConnectionOptions options, const char* channel);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    using TimePoint = std::chrono::steady_clock::time_point;

    enum class Start : std::uint8_t {
        away,       // there is no connection, and no time left or no way to open one
        fresh,      // it has just connected: what was sent before is lost
        listening,  // it has been connected since an earlier call
    };
    // Connects if necessary. It first waits until kReconnectPause has passed since the last
    // attempt, but not beyond `deadline`. Connecting itself may take longer, up to connect_timeout.
    Start start(TimePoint deadline);

    // Returns true at a notification, including one that came since the last call, and if the
    // connection breaks. Returns false at `deadline`. Without a connection it sleeps.
    bool wait(TimePoint deadline);

private:
    class Subscription;

    ConnectionOptions options_;
    const char* channel_;
    std::unique_ptr<Subscription> subscription_;
    TimePoint next_attempt_{};
};

}  // namespace signet::store
