#pragma once

#include "http/io_thread.hpp"
#include "http/protocol.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace signet::http {

template <class T>
using Task = boost::asio::awaitable<T, Executor>;

// One connection: moves bytes between its socket and a Protocol, and keeps the deadlines. It stays
// on one I/O thread, and its coroutine owns it.
class Connection final : public std::enable_shared_from_this<Connection>,
                         public ConnectionHook,
                         private ReplyFactory {
public:
    using Time = std::chrono::steady_clock::time_point;

    Connection(Socket socket, ConnectionPermit permit, IoThread& thread, const IpAddress& peer);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Starts the coroutine.
    void start();

    // Acts on the deadline if it has passed.
    void sweep(Time now);

    // Ends it now if it is idle, or with its next answer.
    void finish_soon(Time now);

    // Ends it now.
    void kill();

    // The same for a client that has been waited for too long. Gives back socket and permit at
    // once.
    void abandon();

    // Takes the answer of a lane, as Protocol::reply() does.
    void deliver(std::uint64_t ticket, std::optional<Response> response);

private:
    // What the coroutine waits for.
    enum class Wait : std::uint8_t { nothing, bytes, reply, write, drain };

    Reply make_reply(std::uint64_t ticket) override;

    Task<void> run();
    Task<bool> serve_requests();
    Task<void> write_output();
    Task<void> read_some();
    Task<void> wait_for_reply();
    Task<void> drain();
    void arm(Wait wait, Time deadline);
    void take_time_out();
    void wake();

    Socket socket_;
    Timer reply_signal_;                      // never expires; it is cancelled to end the wait
    std::optional<ConnectionPermit> permit_;  // until it is abandoned
    IoThread& thread_;
    Protocol protocol_;
    std::string sending_;  // being written, while output() may grow
    Wait wait_ = Wait::nothing;
    Time deadline_ = Time::max();
    Time listed_for_ = Time::max();  // the wait for the client that it is listed with; max(): none
    bool timed_out_ = false;         // the protocol is to be told
    bool dead_ = false;              // to be closed without another byte
};

}  // namespace signet::http
