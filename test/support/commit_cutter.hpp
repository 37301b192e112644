#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace signet::test {

// A TCP proxy in front of PostgreSQL on loopback. Once armed, it passes the next COMMIT on, waits
// until PostgreSQL has answered, and cuts the connection instead of passing the answer back.
class CommitCutter {
public:
    explicit CommitCutter(int server_port);
    ~CommitCutter();
    CommitCutter(const CommitCutter&) = delete;
    CommitCutter& operator=(const CommitCutter&) = delete;

    int port() const { return port_; }
    void arm() { armed_ = true; }
    // Returns how many connections were cut.
    int cuts() const { return cuts_; }

private:
    void serve();
    void relay(int client, int server);

    int server_port_;
    int listener_ = -1;
    int port_ = 0;
    std::atomic<bool> armed_{false};
    std::atomic<bool> stopping_{false};
    std::atomic<int> cuts_{0};
    std::thread thread_;
};

}  // namespace signet::test
