#include "store/pg_listener.hpp"

#include "store/io_deadline.hpp"
#include "store/pg.hpp"

#include <algorithm>
#include <thread>

// libpqxx 7 deprecates names that 6.4 needs.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <pqxx/pqxx>

namespace signet::store {
namespace {

using std::chrono::steady_clock;

// How long one look at the socket lasts at most, so that its seconds fit every libpqxx.
constexpr std::chrono::seconds kLookMax{3600};

// Only notes that something came.
class Bell final : public pqxx::notification_receiver {
public:
    using notification_receiver::notification_receiver;
    void operator()(const std::string&, int) override { rang_ = true; }
    bool take() { return std::exchange(rang_, false); }

private:
    bool rang_ = false;
};

}  // namespace

// The live part of a Listener: what is thrown away when it breaks.
class Listener::Ear {
public:
    Ear(const std::string& conninfo, const char* channel, const ConnectionOptions& options)
        : connection_(conninfo), quiet_(connection_) {
#if PQXX_VERSION_MAJOR < 7
        // It would connect again in silence, even from the destructor of the receiver.
        connection_.inhibit_reactivation(true);
#endif
        // For the answer to LISTEN: what comes later is only ever waited for with a limit.
        const IoDeadline::Guard guard(
            options.deadline.get(), connection_.sock(),
            std::chrono::milliseconds(options.timeouts.statement_ms) + kAnswerMargin);
        bell_ = std::make_unique<Bell>(connection_, channel);
    }

    // The bell would send UNLISTEN, and wait without limit for the answer of a server that hangs.
    ~Ear() {
#if PQXX_VERSION_MAJOR < 7
        connection_.disconnect();
#else
        connection_.close();
#endif
    }
    Ear(const Ear&) = delete;
    Ear& operator=(const Ear&) = delete;

    // Whether the bell rang. Throws when the connection breaks.
    bool wait(TimePoint deadline) {
        bool rang = false;
        do {
            const auto left = std::chrono::duration_cast<std::chrono::microseconds>(
                std::clamp<steady_clock::duration>(deadline - steady_clock::now(), {}, kLookMax));
            const auto whole = std::chrono::floor<std::chrono::seconds>(left);
            connection_.await_notification(whole.count(), (left - whole).count());
            rang = bell_->take();
        } while (!rang && steady_clock::now() < deadline);
        return rang;
    }

private:
    pqxx::connection connection_;
    pqxx::quiet_errorhandler quiet_;  // notices would go to stderr
    std::unique_ptr<Bell> bell_;
};

Listener::Listener(ConnectionOptions options, const char* channel)
    : options_(std::move(options)), channel_(channel) {}

Listener::~Listener() = default;

Listener::Start Listener::start(TimePoint deadline) {
    if (ear_) {
        return Start::listening;
    }
    std::this_thread::sleep_until(std::min(deadline, next_attempt_));
    const auto now = steady_clock::now();
    const auto conninfo = make_conninfo(options_);
    if (now < next_attempt_ || !conninfo) {
        return Start::away;
    }
    next_attempt_ = now + kReconnectPause;
    try {
        ear_ = std::make_unique<Ear>(*conninfo, channel_, options_);
    } catch (const std::exception&) {
        // The statements of the home meet the same, and say why.
        std::string fault;
        if (read_dsn_again(options_, fault)) {
            next_attempt_ = now;
        }
        return Start::away;
    }
    return Start::fresh;
}

bool Listener::wait(TimePoint deadline) {
    if (!ear_) {
        std::this_thread::sleep_until(deadline);
        return false;
    }
    try {
        return ear_->wait(deadline);
    } catch (const std::exception&) {
        ear_.reset();
        return true;
    }
}

}  // namespace signet::store

#pragma GCC diagnostic pop
