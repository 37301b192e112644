#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace signet::store {

// Ends waits that PostgreSQL's own time-outs cannot end: libpq waits without limit for a server
// that has been stopped or is swapped out, whose kernel still acknowledges every packet. One
// thread watches over all connections of a process; where a statement takes too long, the socket
// is shut down, and libpq finds the connection broken. Thread-safe; outlives the connections.
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
        // `deadline` may be null: nothing is watched.
        Guard(IoDeadline* deadline, int socket, std::chrono::milliseconds limit);
        ~Guard();
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;

    private:
        IoDeadline* deadline_;
        std::multimap<Time, int>::iterator entry_;
    };

private:
    void run();

    std::mutex mutex_;
    std::condition_variable changed_;
    // By the time at which they end. An ended entry stays until its guard goes, with socket -1.
    std::multimap<Time, int> entries_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace signet::store
