#pragma once

#include "store/conninfo.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace signet::store {

// A connection of its own that does nothing but LISTEN on one channel. One thread's. NOTIFY is a
// hint: one that is sent while the connection is away is lost, and nobody says so.
class Listener {
public:
    // `channel` is a literal of the program. Connects at first use.
    Listener(ConnectionOptions options, const char* channel);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    using TimePoint = std::chrono::steady_clock::time_point;

    enum class Start : std::uint8_t {
        away,       // no connection, and no time left or no way to make one
        fresh,      // connected just now: what was sent before is lost
        listening,  // since an earlier call
    };
    // Connects if need be, no sooner than kReconnectPause after the last time, for which it waits,
    // but not beyond `deadline`. Connecting itself may: connect_timeout holds for that.
    Start start(TimePoint deadline);

    // True at a notification, also one that came since the last call, and when the connection
    // breaks; false at `deadline`. Without a connection it sleeps.
    bool wait(TimePoint deadline);

private:
    class Ear;

    ConnectionOptions options_;
    const char* channel_;
    std::unique_ptr<Ear> ear_;
    TimePoint next_attempt_{};
};

}  // namespace signet::store
