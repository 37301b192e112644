#pragma once

#include "base/log.hpp"
#include "http/connection_counter.hpp"
#include "http/protocol.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

namespace signet::http {

class Connection;

using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using Timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

// Brings functions from other threads to an I/O thread. Lanes may outlive the server; what they
// post after shut() is dropped. Thread-safe.
class Mailbox {
public:
    explicit Mailbox(boost::asio::io_context& io_context) : io_context_(&io_context) {}

    template <class Function>
    void post(Function function) {
        const std::lock_guard lock(mutex_);
        if (io_context_ != nullptr) {
            boost::asio::post(io_context_->get_executor(), std::move(function));
        }
    }

    void shut() {
        const std::lock_guard lock(mutex_);
        io_context_ = nullptr;
    }

private:
    std::mutex mutex_;
    boost::asio::io_context* io_context_;
};

// Writes a line to the log and does not throw: the line is left out when there is no memory for it.
void log_quietly(const Log& log, LogLevel level, std::string_view event,
                 std::string_view reason) noexcept;

// Removes a connection from a list of its thread when it is destroyed.
using ConnectionHook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

// One I/O thread: its io_context, its connections, and the one timer that watches all their
// deadlines. Everything but the constructor, the destructor and mailbox() is to be called on the
// thread in serve().
class IoThread {
public:
    explicit IoThread(ThreadContext context);
    ~IoThread();
    IoThread(const IoThread&) = delete;
    IoThread& operator=(const IoThread&) = delete;

    // Runs the io_context until finish_soon() has ended the last connection. An exception of a
    // handler of Asio is logged and ends that handler only.
    void serve();

    // Starts a connection on the socket.
    void adopt(Socket socket, ConnectionPermit permit, const IpAddress& peer);

    // Ends the connection that has waited longest for its client to send or to read. Returns false
    // if there is none.
    bool close_longest_waiting();

    // To be called by a connection that begins to wait for its client, or for a lane.
    void list_as_waiting(Connection& connection);
    void list_as_busy(Connection& connection);

    // Ends idle connections now, busy ones with their answer, and all when `grace` is over.
    void finish_soon(std::chrono::milliseconds grace);

    // To be called by a connection that ends.
    void connection_ended();

    Executor executor() { return io_context_.get_executor(); }
    const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
    ThreadContext& context() { return context_; }
    // To be called on any thread.
    const RequestStats& stats() const { return *context_.stats; }

private:
    using Connections =
        boost::intrusive::list<Connection, boost::intrusive::base_hook<ConnectionHook>,
                               boost::intrusive::constant_time_size<false>>;

    template <class Function>
    void each_connection(Function function);
    bool is_empty() const;
    void sweep_later();
    void sweep();
    void finish();

    ThreadContext context_;
    bool finishing_ = false;
    std::chrono::steady_clock::time_point grace_end_;
    // Both outlive io_context_, whose coroutines own the connections.
    std::unique_ptr<Connections> waiting_;  // those that wait for their client, the longest first
    std::unique_ptr<Connections> busy_;
    boost::asio::io_context io_context_{1};
    boost::asio::executor_work_guard<Executor> work_{io_context_.get_executor()};
    Timer sweep_timer_{io_context_.get_executor()};
    std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>(io_context_);
};

}  // namespace signet::http
