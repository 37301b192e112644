#include "http/io_thread.hpp"

#include "base/secret.hpp"
#include "http/connection.hpp"
#include "http/thread_tuning.hpp"

#include <exception>
#include <utility>

namespace signet::http {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

IpAddress to_ip_address(const asio::ip::address& address) {
    return address.is_v4() ? IpAddress(address.to_v4().to_bytes())
                           : IpAddress(address.to_v6().to_bytes());
}

}  // namespace

void log_quietly(const Log& log, LogLevel level, std::string_view event,
                 std::string_view reason) noexcept {
    try {
        log.write(level, event, {{"reason", reason}});
    } catch (...) {  // NOLINT(bugprone-empty-catch): see the header
    }
}

IoThread::IoThread(ThreadContext context)
    : context_(std::move(context)), connections_(std::make_unique<Connections>()) {}

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

void IoThread::adopt(Socket socket, ConnectionPermit permit) {
    boost::system::error_code error;
    const auto peer = socket.remote_endpoint(error);
    if (error || finishing_) {
        return;
    }
    socket.set_option(asio::ip::tcp::no_delay(true), error);
    const auto connection = std::make_shared<Connection>(std::move(socket), std::move(permit),
                                                         *this, to_ip_address(peer.address()));
    connections_->push_back(*connection);
    connection->start();
}

void IoThread::finish_soon(std::chrono::milliseconds grace) {
    finishing_ = true;
    grace_end_ = steady_clock::now() + grace;
    for (Connection& connection : *connections_) {
        connection.finish_soon();
    }
    connection_ended();
}

void IoThread::connection_ended() {
    if (finishing_ && connections_->empty()) {
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
        const bool done = finishing_ && connections_->empty();
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
    for (Connection& connection : *connections_) {
        if (grace_is_over) {
            connection.kill();
        } else {
            connection.sweep(now);
        }
    }
}

}  // namespace signet::http
