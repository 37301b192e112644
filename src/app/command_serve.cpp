#include "app/adapters.hpp"
#include "app/commands.hpp"
#include "app/config_load.hpp"
#include "app/stop_signals.hpp"
#include "app/wiring.hpp"

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace signet::app {
namespace {

using std::chrono::milliseconds;

// After SIGTERM a load balancer still sends requests until it has seen /readyz: they are served.
constexpr milliseconds kDrainDelay{2'000};
// How long requests that run may take before their connections are closed.
constexpr milliseconds kStopGrace{20'000};
constexpr milliseconds kSignalPoll{200};
constexpr int kExitBySignal = 128;

// A second signal means now: nothing is waited for.
[[noreturn]] void leave_at_once(int signal) {
    std::_Exit(kExitBySignal + signal);
}

// Takes the service down in order: unready, then no new connections, then the requests that run.
// SIGINT and SIGHUP come from somebody who waits at a terminal, so only SIGTERM leaves a load
// balancer its time.
void stop_in_order(int signal, const StopSignals& signals, Wiring& wiring) {
    wiring.readiness().begin_shutdown();
    if (signal == SIGTERM) {
        if (const std::optional<int> second = signals.wait_for(kDrainDelay)) {
            leave_at_once(*second);
        }
    }
    wiring.server().stop(kStopGrace);
}

// Waits for what ends the service: a signal, or a database that can never be used.
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

void say_what_serves(const Config& config, std::uint16_t port, const Log& log) {
    log.write(LogLevel::info, "serving",
              {{"version", SIGNET_VERSION},
               {"address", config.server.host},
               {"port", std::int64_t{port}},
               {"issuer", config.tokens.issuer}});
}

int serve_until_stopped(const Config& config, keyring::KeySet keys, const StopSignals& signals,
                        const Log& log) {
    Wiring wiring(config, std::move(keys), log);
    {
        const std::jthread watcher(
            [&](const std::stop_token& done) { watch(signals, wiring, log, done); });
        say_what_serves(config, wiring.server().port(), log);
        wiring.server().run();
    }
    // What is taken down from here on may still wait for PostgreSQL. Whoever sends another signal
    // does not want to.
    signals.let_through();
    return wiring.database().unusable() ? kExitUnusableConfig : kExitOk;
}

}  // namespace

int run_serve(const Config& config, const Log& log) {
    const StopSignals signals;
    keyring::KeyLoad keys = load_keys(config.keys, std::time(nullptr));
    if (!keys.keys) {
        for (const std::string& error : keys.errors) {
            log.write(LogLevel::error, "key-refused", {{"reason", error}});
        }
        return kExitUnusableConfig;
    }
    if (keys.generated) {
        log.write(LogLevel::info, "key-generated", {{"directory", config.keys.directory}});
    }
    try {
        const int code = serve_until_stopped(config, std::move(*keys.keys), signals, log);
        log.write(LogLevel::info, "stopped");
        return code;
    } catch (const std::system_error& error) {
        log.write(LogLevel::error, "cannot-serve", {{"reason", error.what()}});
        return kExitFailed;
    }
}

}  // namespace signet::app
