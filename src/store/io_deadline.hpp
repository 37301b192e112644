#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace signet::store {

// Ends waits that the time-outs of PostgreSQL cannot end: libpq waits without limit for a server
// that was stopped (SIGSTOP) or is swapped out, because its kernel still acknowledges every packet.
// One thread watches all connections of a process. If a statement takes too long, it shuts the
// socket down, and libpq finds the connection broken. Thread-safe; has to outlive the connections.
class IoDeadline {
public:
    using Time = std::chrono::steady_clock::time_point;

    IoDeadline();
    ~IoDeadline();
    IoDeadline(const IoDeadline&) = delete;
    IoDeadline& operator=(const IoDeadline&) = delete;

    // Watches `socket` until the end of the scope. The socket must stay open for that long.
    class Guard {
    public:
        // If `deadline` is null, nothing is watched. When the scope ends, `ended`, unless it is
        // null, is set if the limit has passed and the socket was shut down.
        Guard(IoDeadline* deadline, int socket, std::chrono::milliseconds limit,
              bool* ended = nullptr);
        ~Guard();
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;

    private:
        IoDeadline* deadline_;
        bool* ended_;
        std::multimap<Time, int>::iterator entry_;
    };

private:
    void run();

    std::mutex mutex_;
    std::condition_variable changed_;
    // The watched sockets by the time at which they end. An ended entry has the socket -1 and stays
    // until its guard is destroyed.
    std::multimap<Time, int> entries_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace signet::store
