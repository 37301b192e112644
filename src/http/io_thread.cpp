#include "http/io_thread.hpp"

#include "base/secret.hpp"
#include "http/connection.hpp"
#include "http/thread_tuning.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace signet::http {

namespace asio = boost::asio;
using std::chrono::steady_clock;

void log_quietly(const Log& log, LogLevel level, std::string_view event,
                 std::string_view reason) noexcept {
    try {
        log.write(level, event, {{"reason", reason}});
    } catch (...) {  // NOLINT(bugprone-empty-catch): see the header
    }
}

IoThread::IoThread(ThreadContext context)
    : context_(std::move(context)),
      waiting_(std::make_unique<Connections>()),
      busy_(std::make_unique<Connections>()) {}

IoThread::~IoThread() {
    mailbox_->shut();
    finishing_ = false;  // connections that end with the io_context have nothing to finish
}

void IoThread::serve() {
    use_short_time_slices();
    sweep_later();
    for (;;) {
        try {
            io_context_.run();
            return;
        } catch (const std::exception& error) {
            log_quietly(context_.log, LogLevel::error, "io-handler-failed", error.what());
        } catch (...) {
            log_quietly(context_.log, LogLevel::error, "io-handler-failed", "not an exception");
        }
    }
}

void IoThread::adopt(Socket socket, ConnectionPermit permit, const IpAddress& peer) {
    if (finishing_) {
        return;
    }
    boost::system::error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    const auto connection =
        std::make_shared<Connection>(std::move(socket), std::move(permit), *this, peer);
    busy_->push_back(*connection);
    connection->start();
}

bool IoThread::close_longest_waiting() {
    if (waiting_->empty()) {
        return false;
    }
    Connection& connection = waiting_->front();
    list_as_busy(connection);  // the next call is to find another one
    connection.abandon();
    return true;
}

void IoThread::list_as_waiting(Connection& connection) {
    connection.unlink();
    waiting_->push_back(connection);
}

void IoThread::list_as_busy(Connection& connection) {
    connection.unlink();
    busy_->push_back(connection);
}

template <class Function>
void IoThread::each_connection(Function function) {
    std::ranges::for_each(*waiting_, function);
    std::ranges::for_each(*busy_, function);
}

bool IoThread::is_empty() const {
    return waiting_->empty() && busy_->empty();
}

void IoThread::finish_soon(std::chrono::milliseconds grace) {
    finishing_ = true;
    const steady_clock::time_point now = steady_clock::now();
    grace_end_ = now + grace;
    each_connection([now](Connection& connection) { connection.finish_soon(now); });
    connection_ended();
}

void IoThread::connection_ended() {
    if (finishing_ && is_empty()) {
        finish();
    }
}

void IoThread::finish() {
    work_.reset();
    sweep_timer_.cancel();
}

void IoThread::sweep_later() {
    sweep_timer_.expires_after(context_.limits.sweep_interval);
    sweep_timer_.async_wait([this](const boost::system::error_code& error) {
        const bool done = finishing_ && is_empty();
        wipe_dead_stack();  // of passwords and tokens that came lately
        if (!error && !done) {
            sweep();
            sweep_later();
        }
    });
}

void IoThread::sweep() {
    const steady_clock::time_point now = steady_clock::now();
    const bool grace_is_over = finishing_ && now >= grace_end_;
    each_connection([&](Connection& connection) {
        if (grace_is_over) {
            connection.kill();
        } else {
            connection.sweep(now);
        }
    });
}

}  // namespace signet::http
