#include "http/server.hpp"

#include "http/connection.hpp"
#include "http/io_thread.hpp"
#include "http/router.hpp"
#include "http/thread_tuning.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <exception>
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

}  // namespace

// Accepts on the first thread and distributes connections round-robin. Hasura keeps few, long
// connections, and the hash of SO_REUSEPORT might give all of them to one thread.
class Server::Impl {
public:
    Impl(ServerOptions options, std::vector<Route> routes, const Clock& clock, Random& random,
         const Log& log);

    std::uint16_t port() const { return port_; }
    std::size_t connections() const { return connections_; }
    void run();
    void stop(std::chrono::milliseconds grace);

private:
    void listen(const ServerOptions& options);
    void accept_next();
    void accept_one();
    void accepted(const error_code& error, Socket socket, IoThread& thread);
    void assign(Socket socket, IoThread& thread);
    void pause_accepting(std::string_view reason);
    void stop_accepting();

    const Limits limits_;
    const Router router_;
    const Cors cors_;
    const TrustedProxies proxies_;
    const Log& log_;
    const std::shared_ptr<BodyBudget> bodies_;
    std::atomic<std::size_t> connections_{0};
    std::atomic<bool> stopping_{false};
    std::vector<std::unique_ptr<IoThread>> threads_;
    asio::io_context resolver_context_;
    Acceptor acceptor_;
    Timer accept_pause_;
    std::uint16_t port_ = 0;
    std::size_t next_thread_ = 0;
    std::chrono::steady_clock::time_point accept_logged_;
};

Server::Impl::Impl(ServerOptions options, std::vector<Route> routes, const Clock& clock,
                   Random& random, const Log& log)
    : limits_(options.limits),
      router_(std::move(routes)),
      cors_(options.cors_origins, options.cors_headers),
      proxies_(std::move(options.trusted_proxies)),
      log_(log),
      bodies_(std::make_shared<BodyBudget>(limits_.body_bytes_total_max)),
      threads_([&] {
          std::vector<std::unique_ptr<IoThread>> threads;
          for (std::size_t i = 0; i < std::max<std::size_t>(1, options.io_threads); ++i) {
              threads.push_back(std::make_unique<IoThread>(
                  ThreadContext{limits_, router_, clock, log, cors_, proxies_, bodies_,
                                RequestIds(random), DateCache()}));
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
        stop(std::chrono::milliseconds(0));
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
    IoThread& thread = *threads_[next_thread_];
    next_thread_ = (next_thread_ + 1) % threads_.size();
    acceptor_.async_accept(thread.executor(),
                           [this, &thread](const error_code& error, Socket socket) {
                               accepted(error, std::move(socket), thread);
                           });
}

void Server::Impl::accepted(const error_code& error, Socket socket, IoThread& thread) {
    if (stopping_ || error == asio::error::operation_aborted) {
        return;
    }
    if (error && error != asio::error::connection_aborted) {
        return pause_accepting(error.message());
    }
    // Beyond the limit a connection is closed without an answer, which would cost memory, too.
    if (!error && connections_ < limits_.connections_max) {
        try {
            assign(std::move(socket), thread);
        } catch (const std::exception& failure) {
            return pause_accepting(failure.what());
        }
    }
    accept_next();
}

void Server::Impl::assign(Socket socket, IoThread& thread) {
    asio::dispatch(thread.executor(), [&thread, socket = std::move(socket),
                                       permit = ConnectionPermit(connections_)]() mutable {
        thread.adopt(std::move(socket), std::move(permit));
    });
}

void Server::Impl::pause_accepting(std::string_view reason) {
    const auto now = std::chrono::steady_clock::now();
    if (now - accept_logged_ >= kAcceptLogInterval) {
        accept_logged_ = now;
        log_quietly(log_, LogLevel::warn, "accept-failed", reason);
    }
    accept_pause_.expires_after(kAcceptPause);
    accept_pause_.async_wait([this](const error_code& cancelled) {
        if (!cancelled && !stopping_) {
            accept_next();
        }
    });
}

void Server::Impl::stop_accepting() {
    error_code ignored;
    acceptor_.close(ignored);
    accept_pause_.cancel();
}

void Server::Impl::stop(std::chrono::milliseconds grace) {
    if (stopping_.exchange(true)) {
        return;
    }
    threads_.front()->mailbox()->post([this] { stop_accepting(); });
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

void Server::stop(std::chrono::milliseconds grace) {
    impl_->stop(grace);
}

std::size_t Server::connections() const {
    return impl_->connections();
}

}  // namespace signet::http
