#include "http/session.hpp"

#include "base/secret.hpp"
#include "http/reply_slot.hpp"
#include "http/thread_tuning.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <exception>
#include <utility>

// The coroutines here keep to three rules of form, which test/house/coroutines.py checks, because
// GCC 12.2 miscompiles other common forms.

namespace signet::http {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

constexpr auto kToken = asio::as_tuple(asio::use_awaitable_t<Executor>{});

// After the last answer: what the peer still sends is read for so long, so that a reset does not
// take the answer away from it (RFC 9112 section 9.6).
constexpr std::chrono::seconds kDrainDeadline{1};
constexpr std::size_t kDrainBytesMax = 64 * 1024;
constexpr std::string_view kNoException = "not an exception";
// An output buffer that has grown beyond this is given back.
constexpr std::size_t kKeptOutputBytesMax = 128 * 1024;

}  // namespace

Session::Session(Socket socket, ConnectionPermit permit, IoThread& thread,
                 std::string remote_address)
    : socket_(std::move(socket)),
      reply_signal_(thread.executor(), Time::max()),
      permit_(std::move(permit)),
      thread_(thread),
      talk_(thread.tools(), std::move(remote_address), *this) {}

Session::~Session() {
    unlink();
    thread_.session_ended();
}

Reply Session::open(std::uint64_t ticket) {
    auto slot = std::make_shared<ReplySlot>(thread_.postbox(), weak_from_this(), ticket);
    return [slot = std::move(slot)](Response response) { slot->send(std::move(response)); };
}

void Session::start() {
    asio::co_spawn(thread_.executor(), run(), [](const std::exception_ptr&) {});
}

Task<void> Session::run() {
    const std::shared_ptr<Session> self = shared_from_this();
    try {
        const bool whole = co_await converse();
        if (whole) {
            co_await drain();
        }
    } catch (const std::exception& error) {
        log_quietly(thread_.tools().log, LogLevel::error, "session-failed", error.what());
    } catch (...) {
        log_quietly(thread_.tools().log, LogLevel::error, "session-failed", kNoException);
    }
    boost::system::error_code ignored;
    socket_.close(ignored);
}

// True: the last answer is out, and the peer is to get it.
Task<bool> Session::converse() {
    Conversation::Wants wants = talk_.advance(steady_clock::now());
    while (!dead_) {
        if (!talk_.output().empty()) {
            co_await write_output();
        } else if (wants == Conversation::Wants::end) {
            co_return !talk_.abrupt();
        } else if (wants == Conversation::Wants::reply) {
            co_await wait_for_reply();
        } else {
            co_await read_some();
        }
        wants = talk_.advance(steady_clock::now());
    }
    co_return false;
}

Task<void> Session::write_output() {
    const Time deadline = steady_clock::now() + thread_.tools().limits.write_deadline;
    if (sending_.capacity() > kKeptOutputBytesMax) {
        sending_ = std::string();
    }
    sending_.clear();
    sending_.swap(talk_.output());
    arm(Wait::write, deadline);
    const auto [error, size] = co_await asio::async_write(socket_, asio::buffer(sending_), kToken);
    arm(Wait::nothing, Time::max());
    dead_ = dead_ || error || size != sending_.size();
}

Task<void> Session::read_some() {
    const std::span<char> room = talk_.room();
    arm(Wait::bytes, talk_.deadline());
    const auto [error, size] =
        co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), kToken);
    arm(Wait::nothing, Time::max());
    if (timed_out_) {
        take_time_out();
    } else if (error) {
        // A peer that has finished sending has had all its answers by now: nothing whole is left.
        dead_ = true;
    } else {
        talk_.received(size, steady_clock::now());
    }
}

Task<void> Session::wait_for_reply() {
    const Time deadline = talk_.deadline();
    arm(Wait::reply, deadline);
    const auto [cancelled] = co_await reply_signal_.async_wait(kToken);
    static_cast<void>(cancelled);
    arm(Wait::nothing, Time::max());
    if (timed_out_) {
        take_time_out();
    }
}

Task<void> Session::drain() {
    boost::system::error_code error;
    socket_.shutdown(Socket::shutdown_send, error);
    arm(Wait::drain, steady_clock::now() + kDrainDeadline);
    std::size_t drained = 0;
    while (!error && !dead_ && drained < kDrainBytesMax) {
        talk_.discard();
        const std::span<char> room = talk_.room();
        const auto [failed, size] =
            co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), kToken);
        error = failed;
        drained += size;
    }
    arm(Wait::nothing, Time::max());
}

void Session::arm(Wait wait, Time deadline) {
    wait_ = wait;
    deadline_ = deadline;
}

void Session::take_time_out() {
    timed_out_ = false;
    talk_.time_out(steady_clock::now());
}

void Session::wake() {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
    reply_signal_.cancel();
}

void Session::sweep(Time now) {
    if (now < deadline_) {
        return;
    }
    deadline_ = Time::max();
    const bool talking = wait_ == Wait::bytes || wait_ == Wait::reply;
    if (talking && talk_.phase() != Conversation::Phase::idle) {
        timed_out_ = true;
        return wake();
    }
    if (wait_ == Wait::write) {
        // What the peer does not read must not stay in the kernel's buffers either.
        boost::system::error_code ignored;
        socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    }
    kill();
}

void Session::finish_soon() {
    talk_.finish_soon();
    if (wait_ == Wait::bytes && talk_.phase() == Conversation::Phase::idle) {
        kill();
    }
}

void Session::kill() {
    dead_ = true;
    wake();
}

void Session::deliver(std::uint64_t ticket, std::optional<Response> response) {
    talk_.reply(ticket, std::move(response), steady_clock::now());
    if (wait_ == Wait::reply && talk_.phase() != Conversation::Phase::reply) {
        // The coroutine goes on a little later. Until then a sweep must not take the answer for
        // idleness; and if one was here just before, the answer came in time after all.
        arm(Wait::nothing, Time::max());
        timed_out_ = false;
        reply_signal_.cancel();
    }
}

void log_quietly(const Log& log, LogLevel level, std::string_view event,
                 std::string_view reason) noexcept {
    try {
        log.write(level, event, {{"reason", reason}});
    } catch (...) {  // NOLINT(bugprone-empty-catch): as promised
    }
}

IoThread::IoThread(ThreadTools thread_tools)
    : tools_(std::move(thread_tools)), sessions_(std::make_unique<Sessions>()) {}

IoThread::~IoThread() {
    postbox_->shut();
    finishing_ = false;  // sessions that end with the io_context find nothing to finish
}

void IoThread::serve() {
    take_short_turns();
    sweep_later();
    for (;;) {
        try {
            context_.run();
            return;
        } catch (const std::exception& error) {
            log_quietly(tools_.log, LogLevel::error, "io-handler-failed", error.what());
        } catch (...) {
            log_quietly(tools_.log, LogLevel::error, "io-handler-failed", kNoException);
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
    const auto session = std::make_shared<Session>(std::move(socket), std::move(permit), *this,
                                                   peer.address().to_string());
    sessions_->push_back(*session);
    session->start();
}

void IoThread::finish_soon(std::chrono::milliseconds grace) {
    finishing_ = true;
    grace_end_ = steady_clock::now() + grace;
    for (Session& session : *sessions_) {
        session.finish_soon();
    }
    session_ended();
}

void IoThread::session_ended() {
    if (finishing_ && sessions_->empty()) {
        finish();
    }
}

void IoThread::finish() {
    work_.reset();
    sweep_timer_.cancel();
}

void IoThread::sweep_later() {
    sweep_timer_.expires_after(tools_.limits.sweep_interval);
    sweep_timer_.async_wait([this](const boost::system::error_code& error) {
        const bool done = finishing_ && sessions_->empty();
        wipe_dead_stack();  // of passwords and tokens that came lately
        if (!error && !done) {
            sweep();
            sweep_later();
        }
    });
}

void IoThread::sweep() {
    const Session::Time now = steady_clock::now();
    const bool grace_is_over = finishing_ && now >= grace_end_;
    for (Session& session : *sessions_) {
        if (grace_is_over) {
            session.kill();
        } else {
            session.sweep(now);
        }
    }
}

}  // namespace signet::http
