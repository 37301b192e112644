#pragma once

#include "base/log.hpp"
#include "http/thread_tools.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/intrusive/list.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

namespace signet::http {

class Session;

using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using Timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

// The way from other threads into an I/O thread. Lanes may outlive the server: a reply that comes
// too late finds the box shut. Thread-safe.
class Postbox {
public:
    explicit Postbox(boost::asio::io_context& context) : context_(&context) {}

    template <class Function>
    void post(Function function) {
        const std::lock_guard lock(mutex_);
        if (context_ != nullptr) {
            boost::asio::post(context_->get_executor(), std::move(function));
        }
    }

    void shut() {
        const std::lock_guard lock(mutex_);
        context_ = nullptr;
    }

private:
    std::mutex mutex_;
    boost::asio::io_context* context_;
};

// A line in the log from where nothing may be thrown any more: it is left out when there is no
// memory for it.
void log_quietly(const Log& log, LogLevel level, std::string_view event,
                 std::string_view reason) noexcept;

// One connection's share of connections_max: counted while it lives.
class ConnectionPermit {
public:
    explicit ConnectionPermit(std::atomic<std::size_t>& count) : count_(&count) { ++count; }
    ~ConnectionPermit() {
        if (count_ != nullptr) {
            --*count_;
        }
    }
    ConnectionPermit(ConnectionPermit&& other) noexcept
        : count_(std::exchange(other.count_, nullptr)) {}
    ConnectionPermit& operator=(ConnectionPermit&&) = delete;

private:
    std::atomic<std::size_t>* count_;
};

// Lets a session take itself off its thread's list when it goes.
using SessionHook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

// One I/O thread: its io_context, its sessions, and the one timer that watches all their deadlines.
// Everything but the constructor, the destructor and postbox() belongs to the thread in serve().
class IoThread {
public:
    explicit IoThread(ThreadTools thread_tools);
    ~IoThread();
    IoThread(const IoThread&) = delete;
    IoThread& operator=(const IoThread&) = delete;

    // Runs the io_context until finish_soon() has run its course. What a handler throws ends that
    // handler only.
    void serve();

    // Starts a session on the socket.
    void adopt(Socket socket, ConnectionPermit permit);

    // Idle sessions end now, busy ones with their answer, and all when `grace` is over.
    void finish_soon(std::chrono::milliseconds grace);

    // Called by a session that has gone.
    void session_ended();

    Executor executor() { return context_.get_executor(); }
    const std::shared_ptr<Postbox>& postbox() const { return postbox_; }
    ThreadTools& tools() { return tools_; }

private:
    using Sessions = boost::intrusive::list<Session, boost::intrusive::base_hook<SessionHook>,
                                            boost::intrusive::constant_time_size<false>>;

    void sweep_later();
    void sweep();
    void finish();

    ThreadTools tools_;
    bool finishing_ = false;
    std::chrono::steady_clock::time_point grace_end_;
    std::unique_ptr<Sessions> sessions_;  // outlives context_, whose coroutines own the sessions
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<Executor> work_{context_.get_executor()};
    Timer sweep_timer_{context_.get_executor()};
    std::shared_ptr<Postbox> postbox_ = std::make_shared<Postbox>(context_);
};

}  // namespace signet::http
