#include "http/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <exception>
#include <optional>
#include <utility>

// The coroutines here keep to three rules of form, which test/house/coroutines.py checks, because
// GCC 12.2 miscompiles other common forms (docs/reference/gcc.md).

namespace signet::http {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

constexpr auto kToken = asio::as_tuple(asio::use_awaitable_t<Executor>{});

// After the last answer, what the peer still sends is read for this long. Otherwise a reset could
// keep it from reading the answer (RFC 9112 section 9.6).
constexpr std::chrono::seconds kDrainDeadline{1};
constexpr std::size_t kDrainBytesMax = 64 * 1024;
// An output buffer that has grown beyond this is freed.
constexpr std::size_t kKeptOutputBytesMax = 128 * 1024;

// Brings the answer of a lane to the connection's thread. When it is destroyed without an answer,
// it reports that instead. Thread-safe.
class PendingReply {
public:
    PendingReply(std::shared_ptr<Mailbox> mailbox, std::weak_ptr<Connection> connection,
                 std::uint64_t ticket)
        : mailbox_(std::move(mailbox)), connection_(std::move(connection)), ticket_(ticket) {}

    ~PendingReply() {
        try {
            send(std::nullopt);
        } catch (...) {  // NOLINT(bugprone-empty-catch): the connection's deadline answers instead
        }
    }

    PendingReply(const PendingReply&) = delete;
    PendingReply& operator=(const PendingReply&) = delete;

    // Only the first call counts.
    void send(std::optional<Response> response) {
        if (sent_.exchange(true)) {
            return;
        }
        mailbox_->post(
            [weak = connection_, ticket = ticket_, answer = std::move(response)]() mutable {
                if (const std::shared_ptr<Connection> connection = weak.lock()) {
                    connection->deliver(ticket, std::move(answer));
                }
            });
    }

private:
    std::shared_ptr<Mailbox> mailbox_;
    std::weak_ptr<Connection> connection_;
    std::uint64_t ticket_;
    std::atomic<bool> sent_{false};
};

}  // namespace

Connection::Connection(Socket socket, ConnectionPermit permit, IoThread& thread,
                       const IpAddress& peer)
    : socket_(std::move(socket)),
      reply_signal_(thread.executor(), Time::max()),
      permit_(std::move(permit)),
      thread_(thread),
      protocol_(thread.context(), peer, *this) {}

Connection::~Connection() {
    unlink();
    thread_.connection_ended();
}

Reply Connection::make_reply(std::uint64_t ticket) {
    auto pending = std::make_shared<PendingReply>(thread_.mailbox(), weak_from_this(), ticket);
    return
        [pending = std::move(pending)](Response response) { pending->send(std::move(response)); };
}

void Connection::start() {
    asio::co_spawn(thread_.executor(), run(), [](const std::exception_ptr&) {});
}

Task<void> Connection::run() {
    const std::shared_ptr<Connection> self = shared_from_this();
    try {
        const bool whole = co_await serve_requests();
        if (whole) {
            co_await drain();
        }
    } catch (const std::exception& error) {
        log_quietly(thread_.context().log, LogLevel::error, "session-failed", error.what());
    } catch (...) {
        log_quietly(thread_.context().log, LogLevel::error, "session-failed", "not an exception");
    }
    boost::system::error_code ignored;
    socket_.close(ignored);
}

// Returns whether the peer is to get time to read the last answer.
Task<bool> Connection::serve_requests() {
    Protocol::Wants wants = protocol_.advance(steady_clock::now());
    while (!dead_) {
        if (!protocol_.output().empty()) {
            co_await write_output();
        } else if (wants == Protocol::Wants::end) {
            co_return !protocol_.abrupt();
        } else if (wants == Protocol::Wants::reply) {
            co_await wait_for_reply();
        } else {
            co_await read_some();
        }
        wants = protocol_.advance(steady_clock::now());
    }
    co_return false;
}

Task<void> Connection::write_output() {
    const Time deadline = steady_clock::now() + thread_.context().limits.write_deadline;
    if (sending_.capacity() > kKeptOutputBytesMax) {
        sending_ = std::string();
    }
    sending_.clear();
    sending_.swap(protocol_.output());
    arm(Wait::write, deadline);
    const auto [error, size] = co_await asio::async_write(socket_, asio::buffer(sending_), kToken);
    arm(Wait::nothing, Time::max());
    dead_ = dead_ || error || size != sending_.size();
}

Task<void> Connection::read_some() {
    const std::span<char> room = protocol_.room();
    arm(Wait::bytes, protocol_.deadline());
    const auto [error, size] =
        co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), kToken);
    arm(Wait::nothing, Time::max());
    if (timed_out_) {
        take_time_out();
    } else if (error) {
        // When the peer has finished sending, it has all its answers: no whole request is left.
        dead_ = true;
    } else {
        protocol_.received(size, steady_clock::now());
    }
}

Task<void> Connection::wait_for_reply() {
    const Time deadline = protocol_.deadline();
    arm(Wait::reply, deadline);
    const auto [cancelled] = co_await reply_signal_.async_wait(kToken);
    static_cast<void>(cancelled);
    arm(Wait::nothing, Time::max());
    if (timed_out_) {
        take_time_out();
    }
}

Task<void> Connection::drain() {
    boost::system::error_code error;
    socket_.shutdown(Socket::shutdown_send, error);
    arm(Wait::drain, steady_clock::now() + kDrainDeadline);
    std::size_t drained = 0;
    while (!error && !dead_ && drained < kDrainBytesMax) {
        protocol_.discard();
        const std::span<char> room = protocol_.room();
        const auto [failed, size] =
            co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), kToken);
        error = failed;
        drained += size;
    }
    arm(Wait::nothing, Time::max());
}

void Connection::arm(Wait wait, Time deadline) {
    wait_ = wait;
    deadline_ = deadline;
    if (wait == Wait::nothing) {
        return;
    }
    if (wait == Wait::reply) {
        listed_for_ = Time::max();
        return thread_.list_as_busy(*this);
    }
    // A piece of a request leaves the connection where it is in the list.
    const Time listed_for = wait == Wait::bytes ? protocol_.waiting_since() : deadline;
    if (listed_for != std::exchange(listed_for_, listed_for)) {
        thread_.list_as_waiting(*this);
    }
}

void Connection::take_time_out() {
    timed_out_ = false;
    protocol_.time_out(steady_clock::now());
}

void Connection::wake() {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
    reply_signal_.cancel();
}

void Connection::sweep(Time now) {
    if (now < deadline_) {
        return;
    }
    deadline_ = Time::max();
    const bool waiting = wait_ == Wait::bytes || wait_ == Wait::reply;
    if (waiting && protocol_.phase() != Protocol::Phase::idle) {
        timed_out_ = true;
        return wake();
    }
    abandon();
}

void Connection::abandon() {
    boost::system::error_code ignored;
    if (wait_ == Wait::write) {
        // Frees what the peer does not read from the kernel's buffers, too.
        socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    }
    kill();
    socket_.close(ignored);
    permit_.reset();
}

void Connection::finish_soon(Time now) {
    protocol_.finish_soon(now);
    if (wait_ != Wait::bytes || protocol_.phase() != Protocol::Phase::idle) {
        return;
    }
    boost::system::error_code error;
    if (protocol_.is_new()) {
        deadline_ = protocol_.deadline();  // its request is on the way
    } else if (socket_.available(error) == 0) {
        wake();  // bytes that were just read are served first
    }
}

void Connection::kill() {
    dead_ = true;
    wake();
}

void Connection::deliver(std::uint64_t ticket, std::optional<Response> response) {
    protocol_.reply(ticket, std::move(response), steady_clock::now());
    if (wait_ == Wait::reply && protocol_.phase() != Protocol::Phase::reply) {
        // The coroutine goes on a little later. Until then a sweep must not take the connection for
        // idle; and if a sweep has just set timed_out_, the answer was in time after all.
        arm(Wait::nothing, Time::max());
        timed_out_ = false;
        reply_signal_.cancel();
    } else if (wait_ == Wait::reply) {
        deadline_ = protocol_.deadline();  // the answer came too early
    }
}

}  // namespace signet::http
