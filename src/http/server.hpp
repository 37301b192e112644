#pragma once

#include "base/log.hpp"
#include "http/client_address.hpp"
#include "http/limits.hpp"
#include "http/message.hpp"
#include "http/request_stats.hpp"

#include <signet/ports/system.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace signet::http {

struct ServerOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 4000;  // 0 lets the system choose; see Server::port()
    std::size_t io_threads = 1;
    Limits limits;
    std::vector<std::string> cors_origins;  // see Cors
    std::vector<std::string> cors_headers;
    TrustedProxies trusted_proxies;
};

// The HTTP/1.1 server. Each thread has its own io_context, and a connection stays on its thread.
class Server {
public:
    // Throws std::system_error when the address cannot be bound. Accepts nothing before run().
    Server(ServerOptions options, std::vector<Route> routes, const Clock& clock, Random& random,
           const Log& log);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::uint16_t port() const;

    // Starts the I/O threads and blocks until stop() has ended the last connection. To be called
    // once.
    void run();

    // From now on each answer says Connection: close, while connections are still accepted. So
    // clients leave before stop() could meet a request that is on its way. Thread-safe.
    void retire();

    // Stops accepting, closes idle connections, lets busy ones answer with Connection: close for at
    // most `grace`, then closes the others. Thread-safe. Only the first call counts.
    void stop(std::chrono::milliseconds grace);

    std::size_t connections() const;
    // What was counted since the start. Thread-safe; takes microseconds.
    ServerFigures figures() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace signet::http
