#include "server/serve.hpp"

#include "base/secret.hpp"
#include "base/system.hpp"
#include "config/load.hpp"
#include "mail/templates.hpp"
#include "mail/transport.hpp"
#include "server/adapters.hpp"
#include "server/key_access.hpp"
#include "server/wiring.hpp"
#include "store/io_deadline.hpp"
#include "store/newest_server.hpp"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace signet::server {
namespace {

using std::chrono::milliseconds;

// How long requests are still served after SIGTERM, because a load balancer sends them until it has
// seen that /readyz fails.
constexpr milliseconds kDrainDelay{2'000};
// How long requests that are running may take before their connections are closed.
constexpr milliseconds kStopGrace{20'000};
constexpr milliseconds kSignalPoll{200};
constexpr int kExitBySignal = 128;

// Lets a thread wait for SIGTERM, SIGINT and SIGHUP. It has to be made before any thread is
// started, because it blocks the signals in the thread that makes it, and threads inherit that. So
// none of the signals is ever handled in the middle of other work.
class StopSignals {
public:
    StopSignals() {
        sigemptyset(&set_);
        for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
            sigaddset(&set_, signal);
        }
        pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    }

    // Returns the next signal, or nothing if none comes within `timeout`. One thread at a time.
    std::optional<int> wait_for(milliseconds timeout) const {
        const timespec limit{.tv_sec = timeout.count() / 1000,
                             .tv_nsec = (timeout.count() % 1000) * 1'000'000};
        const int signal = sigtimedwait(&set_, nullptr, &limit);
        return signal > 0 ? std::optional<int>(signal) : std::nullopt;
    }

    // Lets a signal have its default effect from now on, which is to end the process. Call it in
    // the main thread, once nobody waits for signals any more and the other threads are ending.
    void let_through() const { pthread_sigmask(SIG_UNBLOCK, &set_, nullptr); }

private:
    sigset_t set_{};
};

// Ends the process at once, because a second signal asks not to wait for anything.
[[noreturn]] void leave_at_once(int signal) {
    std::_Exit(kExitBySignal + signal);
}

// Stops the service in order: it becomes unready, then accepts no new connections, then ends the
// requests that run. Only SIGTERM leaves time for a load balancer, and has kept connections closed
// by their clients meanwhile; SIGINT and SIGHUP come from somebody who waits at a terminal.
void stop_in_order(int signal, const StopSignals& signals, Wiring& wiring) {
    wiring.begin_shutdown();
    if (signal == SIGTERM) {
        wiring.server().retire();
        if (const std::optional<int> second = signals.wait_for(kDrainDelay)) {
            leave_at_once(*second);
        }
    }
    wiring.server().stop(kStopGrace);
}

// Waits until a signal comes or the database turns out to be unusable for good, and then stops the
// service.
void watch(const StopSignals& signals, Wiring& wiring, const Log& log,
           const std::stop_token& done) {
    bool stopping = false;
    while (!done.stop_requested()) {
        const std::optional<int> signal = signals.wait_for(kSignalPoll);
        if (signal && stopping) {
            leave_at_once(*signal);
        }
        if (signal) {
            stopping = true;
            log.write(LogLevel::info, "stopping", {{"signal", std::int64_t{*signal}}});
            stop_in_order(*signal, signals, wiring);
        } else if (!stopping && wiring.database().unusable()) {
            stopping = true;
            wiring.server().stop(milliseconds{0});
        }
    }
}

void refuse_key(const Log& log, std::string_view reason) {
    log.write(LogLevel::error, "key-refused", {{"reason", reason}});
}

// Returns the first keys of a directory, or nothing if they cannot be used. All of them are checked
// before anything is served.
std::optional<tokens::KeySet> read_first_keys(const config::Config& config, const Log& log) {
    keys::KeyLoad load = load_keys(config, std::time(nullptr));
    for (const std::string& error : load.errors) {
        refuse_key(log, error);
    }
    if (load.generated) {
        log.write(LogLevel::info, "key-generated", {{"directory", config.keys.directory}});
    }
    return std::move(load.keys);
}

// Returns nothing if keys or templates of mails are not fit to be used; the log says why. Keys in
// PostgreSQL are read later, so that a server starts without it.
std::optional<Opened> open_all(const config::Config& config, const Log& log) {
    Opened opened;
    opened.connection = connection_options(config.store);
    opened.owner = owner_options(config.store);
    // All connections of the process share one deadline for answers that do not arrive.
    opened.connection.deadline = std::make_shared<store::IoDeadline>();
    opened.owner.deadline = opened.connection.deadline;
    opened.connection.newest_server = std::make_shared<store::NewestServer>();
    opened.owner.newest_server = opened.connection.newest_server;
    opened.connection.pooled_away = std::make_shared<std::atomic<bool>>(false);
    if (!config.keys.in_database()) {
        auto first = read_first_keys(config, log);
        if (!first) {
            return std::nullopt;
        }
        opened.first_keys = std::move(*first);
    }
    const auto on_notice = [&log](const std::string& notice) {
        log.write(LogLevel::warn, "key-file", {{"message", notice}});
    };
    auto session_keys = open_session_keys(config.keys, on_notice);
    if (!session_keys) {
        refuse_key(log, session_keys.error().log_detail);
        return std::nullopt;
    }
    opened.session_keys = std::move(*session_keys);
    if (!config.keys.fixed()) {
        auto access = open_keys(config, opened.connection, on_notice);
        if (!access) {
            refuse_key(log, access.error().log_detail);
            return std::nullopt;
        }
        opened.key_access = std::move(*access);
    }
    auto templates = mail::Templates::load(config.mail.templates, config.tokens.issuer);
    if (!templates) {
        log.write(LogLevel::error, "mail-template-refused",
                  {{"reason", templates.error().log_detail}});
        return std::nullopt;
    }
    opened.mail_templates = std::make_unique<const mail::Templates>(*std::move(templates));
    if (config.mail.on()) {
        auto mails = mail::make_transport(config.mail.url.reveal(), config.mail.from);
        if (!mails) {
            log.write(LogLevel::error, "mail-refused", {{"reason", mails.error().log_detail}});
            return std::nullopt;
        }
        opened.mails = std::move(*mails);
    }
    return opened;
}

void say_what_serves(const config::Config& config, std::uint16_t port, const Log& log) {
    log.write(LogLevel::info, "serving",
              {{"version", SIGNET_VERSION},
               {"address", config.server.host},
               {"port", std::int64_t{port}},
               {"issuer", config.tokens.issuer}});
}

void say_where_metrics_are(const config::Config& config, const MetricsListener& listener,
                           const Log& log) {
    log.write(LogLevel::info, "serving-metrics",
              {{"address", config.metrics.host}, {"port", std::int64_t{listener.port()}}});
}

int serve_until_stopped(const config::Config& config, Opened opened, const StopSignals& signals,
                        const Log& log) {
    Wiring wiring(config, std::move(opened), log);
    {
        const std::jthread watcher(
            [&](const std::stop_token& done) { watch(signals, wiring, log, done); });
        wiring.wait_for_first_keys();
        say_what_serves(config, wiring.server().port(), log);
        if (const MetricsListener* const listener = wiring.metrics_listener()) {
            say_where_metrics_are(config, *listener, log);
        }
        wiring.server().run();
    }
    // Destructors from here on may still wait for PostgreSQL. Another signal ends the process then.
    signals.let_through();
    if (!wiring.database().unusable()) {
        return kExitOk;
    }
    // In the log, quotes and line breaks of it are escaped.
    std::cerr << "signet: the database cannot be used: " << wiring.database().reason() << '\n';
    return kExitUnusableConfig;
}

}  // namespace

int run_serve(const config::Config& config, const Log& log) {
    const StopSignals signals;
    std::optional<Opened> opened = open_all(config, log);
    if (!opened) {
        return kExitUnusableConfig;
    }
    wipe_dead_stack();  // of the keys and passwords of the configuration
    try {
        const int code = serve_until_stopped(config, std::move(*opened), signals, log);
        log.write(LogLevel::info, "stopped");
        return code;
    } catch (const std::system_error& error) {
        log.write(LogLevel::error, "cannot-serve", {{"reason", error.what()}});
        return kExitFailed;
    }
}

}  // namespace signet::server
