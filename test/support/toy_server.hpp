#pragma once

#include "base/log.hpp"
#include "base/system.hpp"
#include "http/lane.hpp"
#include "http/server.hpp"

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace signet::test {

// A Server on a free port with toy routes, running on its own threads:
//   GET  /jwks    cached bytes            POST /echo   JSON, up to 16 KiB, answers the body
//   GET  /hello   "hello <path>"          GET  /big    4 MiB
//   GET  /throws  throws                  POST /large  takes 1 MiB, answers its size
//   GET  /lane    a lane answers          GET  /whoami the Authorization header
//   GET  /held    a lane keeps the reply until release_held()
//   GET  /full    a lane that is full     GET  /dropped  a lane drops the reply
//   GET  /nap     keeps its I/O thread for 600 ms
//   GET  /twice   a lane answers twice    GET  /splits a header with a line break
class ToyServer {
public:
    // Returns limits with short deadlines, so that tests are quick.
    static http::Limits quick_limits();

    explicit ToyServer(const http::Limits& limits = quick_limits(), std::size_t io_threads = 1,
                       const std::string& host = "127.0.0.1",
                       const http::TrustedProxies& proxies = {});
    ~ToyServer();
    ToyServer(const ToyServer&) = delete;
    ToyServer& operator=(const ToyServer&) = delete;

    std::uint16_t port() const { return server_.port(); }
    http::Server& server() { return server_; }
    // Waits until no connection is left. Returns false if that takes more than 5 s.
    bool empties();
    void retire() { server_.retire(); }
    // Stops the server and waits for run() to return.
    void stop(std::chrono::milliseconds grace);
    // Answers the requests that /held keeps, and returns how many there were.
    std::size_t release_held();
    // Returns how many requests reached a handler.
    int handled() const { return handled_; }

private:
    std::vector<http::Route> routes();
    void add_lane_routes(std::vector<http::Route>& routes);

    SystemClock clock_;
    SystemRandom random_;
    int log_fd_;
    Log log_;
    std::atomic<int> handled_{0};
    std::mutex held_mutex_;
    std::vector<http::Reply> held_;
    struct Nothing {};
    http::Lane<Nothing> lane_;
    http::Server server_;
    std::jthread thread_;
};

}  // namespace signet::test
