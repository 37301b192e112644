#pragma once

#include "http/conversation.hpp"
#include "http/io_thread.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace signet::http {

template <class T>
using Task = boost::asio::awaitable<T, Executor>;

// One connection: moves bytes between the socket and a Conversation, and keeps its deadlines. Lives
// on one I/O thread; owned by its coroutine.
class Session final : public std::enable_shared_from_this<Session>,
                      public SessionHook,
                      private ReplyDesk {
public:
    using Time = std::chrono::steady_clock::time_point;

    Session(Socket socket, ConnectionPermit permit, IoThread& thread, std::string remote_address);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // Starts the coroutine.
    void start();

    // Acts on the deadline if it has passed.
    void sweep(Time now);

    // Ends an idle session; a busy one with its next answer.
    void finish_soon();

    // Ends it now.
    void kill();

    // The answer of a lane, as in Conversation::reply().
    void deliver(std::uint64_t ticket, std::optional<Response> response);

private:
    // What the coroutine waits for, besides what the conversation is in.
    enum class Wait : std::uint8_t { nothing, bytes, reply, write, drain };

    Reply open(std::uint64_t ticket) override;

    Task<void> run();
    Task<bool> converse();
    Task<void> write_output();
    Task<void> read_some();
    Task<void> wait_for_reply();
    Task<void> drain();
    void arm(Wait wait, Time deadline);
    void take_time_out();
    void wake();

    Socket socket_;
    Timer reply_signal_;  // never expires: cancelling it says that the wait is over
    ConnectionPermit permit_;
    IoThread& thread_;
    Conversation talk_;
    std::string sending_;  // what async_write holds on to, while output() may grow
    Wait wait_ = Wait::nothing;
    Time deadline_ = Time::max();
    bool timed_out_ = false;  // to be told to the conversation
    bool dead_ = false;       // to be closed, without another byte
};

}  // namespace signet::http
