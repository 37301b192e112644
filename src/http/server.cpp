#include "http/server.hpp"

#include "http/connection.hpp"
#include "http/connection_counter.hpp"
#include "http/io_thread.hpp"
#include "http/router.hpp"
#include "http/thread_tuning.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace signet::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;
using Acceptor = asio::basic_socket_acceptor<Tcp, Executor>;

constexpr int kBacklog = 4096;  // the kernel caps it at net.core.somaxconn
// How long to wait after accept() found no file descriptor or no memory. Trying again at once would
// only take CPU time.
constexpr std::chrono::milliseconds kAcceptPause{100};
// How long who comes next has to wait when there is no room, so that threads have the time to make
// it.
constexpr std::chrono::milliseconds kRoomPause{5};
constexpr std::chrono::seconds kAcceptLogInterval{1};

[[noreturn]] void fail(const error_code& error, const std::string& what) {
    throw std::system_error(std::error_code(error), what);
}

// Takes an address, or a name such as localhost, of which the first address is used.
Tcp::endpoint resolve(asio::io_context& context, const ServerOptions& options) {
    error_code error;
    const asio::ip::address address = asio::ip::make_address(options.host, error);
    if (!error) {
        return {address, options.port};
    }
    Tcp::resolver resolver(context);
    const auto found = resolver.resolve(options.host, "", Tcp::resolver::passive, error);
    if (error || found.empty()) {
        fail(error ? error : error_code(asio::error::host_not_found), "resolve " + options.host);
    }
    return {found.begin()->endpoint().address(), options.port};
}

IpAddress to_ip_address(const asio::ip::address& address) {
    return address.is_v4() ? IpAddress(address.to_v4().to_bytes())
                           : IpAddress(address.to_v6().to_bytes());
}

}  // namespace

// Accepts on the first thread and distributes connections round-robin. Hasura keeps few, long
// connections, and the hash of SO_REUSEPORT might give all of them to one thread.
class Server::Impl {
public:
    Impl(ServerOptions options, std::vector<Route> routes, const Clock& clock, Random& random,
         const Log& log);

    std::uint16_t port() const { return port_; }
    std::size_t connections() const { return counter_.count(); }
    ServerFigures figures() const;
    void run();
    void retire();
    void stop(std::chrono::milliseconds grace);

private:
    using Time = std::chrono::steady_clock::time_point;

    void listen(const ServerOptions& options);
    void accept_next();
    void accept_one();
    void accepted(const error_code& error, Socket socket, std::size_t thread);
    void admit(Socket socket, std::size_t thread);
    void make_room(std::size_t thread, std::size_t tried);
    void log_at_times(Time& last, std::string_view event, std::string_view reason);
    void pause_accepting(std::string_view reason);
    void accept_after(std::chrono::milliseconds pause);
    void stop_accepting();
    void finish(std::chrono::milliseconds grace);

    const Limits limits_;
    const Router router_;
    const Cors cors_;
    const TrustedProxies proxies_;
    const Log& log_;
    ConnectionCounter counter_;
    const std::shared_ptr<BodyBudget> bodies_;
    std::atomic<bool> stopping_{false};
    std::vector<std::unique_ptr<IoThread>> threads_;
    asio::io_context resolver_context_;
    Acceptor acceptor_;
    Timer accept_pause_;
    std::uint16_t port_ = 0;
    std::size_t next_thread_ = 0;
    Time failure_logged_;
    Time refusal_logged_;
    Time scarcity_logged_;
};

Server::Impl::Impl(ServerOptions options, std::vector<Route> routes, const Clock& clock,
                   Random& random, const Log& log)
    : limits_(options.limits),
      router_(std::move(routes)),
      cors_(options.cors_origins, options.cors_headers),
      proxies_(std::move(options.trusted_proxies)),
      log_(log),
      counter_(limits_.connections_per_client_max),
      bodies_(std::make_shared<BodyBudget>(limits_.body_bytes_total_max)),
      threads_([&] {
          std::vector<std::unique_ptr<IoThread>> threads;
          for (std::size_t i = 0; i < std::max<std::size_t>(1, options.io_threads); ++i) {
              threads.push_back(std::make_unique<IoThread>(ThreadContext{
                  limits_, router_, clock, log, cors_, proxies_, bodies_, RequestIds(random),
                  DateCache(), std::make_unique<RequestStats>(router_.routes().size())}));
          }
          return threads;
      }()),
      acceptor_(threads_.front()->executor()),
      accept_pause_(threads_.front()->executor()) {
    listen(options);
}

void Server::Impl::listen(const ServerOptions& options) {
    const Tcp::endpoint endpoint = resolve(resolver_context_, options);
    const std::string where = options.host + ":" + std::to_string(options.port);
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) {
        acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    }
    if (!error) {
        acceptor_.bind(endpoint, error);
    }
    if (!error) {
        acceptor_.listen(kBacklog, error);
    }
    if (error) {
        fail(error, "listen on " + where);
    }
    port_ = acceptor_.local_endpoint().port();
}

ServerFigures Server::Impl::figures() const {
    ServerFigures figures;
    figures.connections = counter_.count();
    const std::span<const Route> routes = router_.routes();
    for (std::size_t i = 0; i <= routes.size(); ++i) {
        RouteFigures one;
        if (i < routes.size()) {
            one.path = routes[i].path;
            one.method = routes[i].method;
        }
        for (const auto& thread : threads_) {
            thread->stats().add_to(one, i);
        }
        if (one.durations.count() > 0) {
            figures.routes.push_back(one);
        }
    }
    for (const RequestErrorInfo& info : request_error_table()) {
        for (const auto& thread : threads_) {
            figures.refusals[static_cast<std::size_t>(info.error)] +=
                thread->stats().refusals(info.error);
        }
    }
    return figures;
}

void Server::Impl::run() {
    asio::dispatch(threads_.front()->executor(), [this] { accept_next(); });
    std::vector<std::jthread> others;
    try {
        for (std::size_t i = 1; i < threads_.size(); ++i) {
            others.emplace_back([this, i] {
                name_this_thread("signet-io-" + std::to_string(i));
                threads_[i]->serve();
            });
        }
    } catch (...) {
        // The threads that have started would be joined and never end.
        finish(std::chrono::milliseconds(0));
        throw;
    }
    threads_.front()->serve();
}

// What throws here, or when a socket is handed to its thread, is a lack of memory, which may pass.
void Server::Impl::accept_next() {
    try {
        accept_one();
    } catch (const std::exception& error) {
        pause_accepting(error.what());
    }
}

void Server::Impl::accept_one() {
    const std::size_t thread = next_thread_;
    next_thread_ = (next_thread_ + 1) % threads_.size();
    acceptor_.async_accept(threads_[thread]->executor(),
                           [this, thread](const error_code& error, Socket socket) {
                               accepted(error, std::move(socket), thread);
                           });
}

void Server::Impl::accepted(const error_code& error, Socket socket, std::size_t thread) {
    if (error == asio::error::operation_aborted) {
        return;
    }
    if (error && error != asio::error::connection_aborted) {
        return pause_accepting(error.message());
    }
    if (!error) {
        try {
            admit(std::move(socket), thread);
        } catch (const std::exception& failure) {
            return pause_accepting(failure.what());
        }
    }
    if (stopping_) {
        return;
    }
    if (counter_.count() < limits_.connections_max) {
        accept_next();
    } else {
        accept_after(kRoomPause);
    }
}

// Beyond a limit a connection is closed without an answer, which would cost memory, too.
void Server::Impl::admit(Socket socket, std::size_t thread) {
    error_code error;
    const auto endpoint = socket.remote_endpoint(error);
    if (error) {
        return;  // the peer has gone
    }
    const IpAddress peer = to_ip_address(endpoint.address());
    const bool is_proxy = is_trusted(proxies_, peer);
    auto permit = is_proxy ? std::optional(counter_.admit_proxy()) : counter_.admit(peer);
    if (!permit) {
        return log_at_times(refusal_logged_, "connection-refused",
                            peer.str() + " has as many connections as one address may");
    }
    const std::size_t open = counter_.count();
    if (open > limits_.connections_max) {
        return log_at_times(refusal_logged_, "connection-refused",
                            "there are too many, and all of them are busy");
    }
    const std::size_t free = std::max<std::size_t>(1, limits_.connections_max / kFreeShare);
    const bool scarce = open + free > limits_.connections_max;
    if (scarce) {
        log_at_times(scarcity_logged_, "connections-scarce",
                     "for each new one, one that waits for its client is closed");
    }
    asio::dispatch(threads_[thread]->executor(), [this, thread, scarce, socket = std::move(socket),
                                                  permit = std::move(*permit), peer]() mutable {
        if (scarce) {
            make_room(thread, 1);
        }
        threads_[thread]->adopt(std::move(socket), std::move(permit), peer);
    });
}

// Runs on that thread. If none of its connections can be closed, the next thread is asked.
void Server::Impl::make_room(std::size_t thread, std::size_t tried) {
    if (threads_[thread]->close_longest_waiting() || tried == threads_.size()) {
        return;
    }
    const std::size_t next = (thread + 1) % threads_.size();
    threads_[next]->mailbox()->post([this, next, tried] { make_room(next, tried + 1); });
}

// A flood must not fill the log, so a second after `last` is the earliest time for a line.
void Server::Impl::log_at_times(Time& last, std::string_view event, std::string_view reason) {
    const Time now = std::chrono::steady_clock::now();
    if (now - last >= kAcceptLogInterval) {
        last = now;
        log_quietly(log_, LogLevel::warn, event, reason);
    }
}

void Server::Impl::pause_accepting(std::string_view reason) {
    log_at_times(failure_logged_, "accept-failed", reason);
    accept_after(kAcceptPause);
}

void Server::Impl::accept_after(std::chrono::milliseconds pause) {
    accept_pause_.expires_after(pause);
    accept_pause_.async_wait([this](const error_code& cancelled) {
        if (!cancelled && !stopping_) {
            accept_next();
        }
    });
}

// Connections that the kernel has made already are taken, or their clients would be cut off.
void Server::Impl::stop_accepting() {
    error_code error;
    acceptor_.cancel(error);
    acceptor_.non_blocking(true, error);
    for (std::size_t i = 0; i < std::size_t{kBacklog} && !error; ++i) {
        const std::size_t thread = i % threads_.size();
        Socket socket = acceptor_.accept(threads_[thread]->executor(), error);
        if (error == asio::error::connection_aborted) {
            error.clear();
            continue;
        }
        if (error) {
            break;
        }
        try {
            admit(std::move(socket), thread);
        } catch (const std::exception& failure) {
            log_at_times(failure_logged_, "accept-failed", failure.what());
        }
    }
    acceptor_.close(error);
    accept_pause_.cancel();
}

void Server::Impl::retire() {
    for (const auto& thread : threads_) {
        thread->mailbox()->post([&thread = *thread] { thread.context().retiring = true; });
    }
}

void Server::Impl::stop(std::chrono::milliseconds grace) {
    if (stopping_.exchange(true)) {
        return;
    }
    threads_.front()->mailbox()->post([this, grace] {
        stop_accepting();
        // Behind what was accepted just now.
        threads_.front()->mailbox()->post([this, grace] { finish(grace); });
    });
}

void Server::Impl::finish(std::chrono::milliseconds grace) {
    for (const auto& thread : threads_) {
        thread->mailbox()->post([&thread = *thread, grace] { thread.finish_soon(grace); });
    }
}

Server::Server(ServerOptions options, std::vector<Route> routes, const Clock& clock, Random& random,
               const Log& log)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(routes), clock, random, log)) {}

Server::~Server() = default;

std::uint16_t Server::port() const {
    return impl_->port();
}

void Server::run() {
    impl_->run();
}

void Server::retire() {
    impl_->retire();
}

void Server::stop(std::chrono::milliseconds grace) {
    impl_->stop(grace);
}

std::size_t Server::connections() const {
    return impl_->connections();
}

ServerFigures Server::figures() const {
    return impl_->figures();
}

}  // namespace signet::http
