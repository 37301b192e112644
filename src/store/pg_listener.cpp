#include "store/pg_listener.hpp"

#include "store/io_deadline.hpp"
#include "store/pg.hpp"
#include "store/pg_server.hpp"

#include <algorithm>
#include <thread>

// libpqxx 7 deprecates names that 6.4 needs.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include "store/pg_pqxx.hpp"

namespace signet::store {
namespace {

using std::chrono::steady_clock;

// The longest single wait on the socket, so that its seconds fit into the type of every libpqxx.
constexpr std::chrono::seconds kLookMax{3600};

// Records only that a notification came.
class NotificationFlag final : public pqxx::notification_receiver {
public:
    using notification_receiver::notification_receiver;
    void operator()(const std::string&, int) override { raised_ = true; }
    bool take() { return std::exchange(raised_, false); }

private:
    bool raised_ = false;
};

}  // namespace

// The connection of a Listener, which is discarded when it breaks.
class Listener::Subscription {
public:
    Subscription(const std::string& conninfo, const char* channel, const ConnectionOptions& options)
        : tag_(options.newest_server ? options.newest_server->tag(0) : ServerTag()),
          connection_(conninfo),
          quiet_(connection_) {
#if PQXX_VERSION_MAJOR < 7
        // Otherwise libpqxx would reconnect silently, even from the destructor of the receiver.
        connection_.inhibit_reactivation(true);
#endif
        // This limits the wait for the answer to LISTEN. Every later wait has a limit of its own.
        const IoDeadline::Guard guard(
            options.deadline.get(), connection_.sock(),
            std::chrono::milliseconds(options.timeouts.statement_ms) + kAnswerMargin);
        tag_.timeline = check_server(connection_, options);
        flag_ = std::make_unique<NotificationFlag>(connection_, channel);
    }

    // Closing first keeps the receiver from sending UNLISTEN and from waiting without limit for the
    // answer of a server that hangs.
    ~Subscription() {
#if PQXX_VERSION_MAJOR < 7
        connection_.disconnect();
#else
        connection_.close();
#endif
    }
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

    // Tells whether a notification came before `deadline`. Throws if the connection breaks.
    bool wait(TimePoint deadline) {
        bool raised = false;
        do {
            const auto left = std::chrono::duration_cast<std::chrono::microseconds>(
                std::clamp<steady_clock::duration>(deadline - steady_clock::now(), {}, kLookMax));
            const auto whole = std::chrono::floor<std::chrono::seconds>(left);
            connection_.await_notification(whole.count(), (left - whole).count());
            raised = flag_->take();
        } while (!raised && steady_clock::now() < deadline);
        return raised;
    }

    const ServerTag& tag() const { return tag_; }

private:
    ServerTag tag_;  // read before the connection is made
    pqxx::connection connection_;
    pqxx::quiet_errorhandler quiet_;  // notices would go to stderr
    std::unique_ptr<NotificationFlag> flag_;
};

Listener::Listener(ConnectionOptions options, const char* channel)
    : options_(std::move(options)), channel_(channel) {}

Listener::~Listener() = default;

Listener::Start Listener::start(TimePoint deadline) {
    if (subscription_ && options_.newest_server &&
        options_.newest_server->replaces(subscription_->tag())) {
        subscription_.reset();
        next_attempt_ = {};
    }
    if (subscription_) {
        return Start::listening;
    }
    std::this_thread::sleep_until(std::min(deadline, next_attempt_));
    const auto now = steady_clock::now();
    if (now < next_attempt_ || !make_conninfo(options_)) {
        return Start::away;
    }
    next_attempt_ = now + kReconnectPause;
    try {
        subscription_ = open_newest(options_, [this](const std::string& conninfo) {
            return std::make_unique<Subscription>(conninfo, channel_, options_);
        });
    } catch (const std::exception&) {
        // The statements of the owner fail likewise, and report why.
        std::string fault;
        if (read_dsn_again(options_, fault)) {
            next_attempt_ = now;
        }
        return Start::away;
    }
    return Start::fresh;
}

bool Listener::wait(TimePoint deadline) {
    if (!subscription_) {
        std::this_thread::sleep_until(deadline);
        return false;
    }
    try {
        return subscription_->wait(deadline);
    } catch (const std::exception&) {
        subscription_.reset();
        return true;
    }
}

}  // namespace signet::store

#pragma GCC diagnostic pop
