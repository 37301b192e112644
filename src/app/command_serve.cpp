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

#include "app/commands.hpp"
#include "app/load_keys.hpp"
#include "app/stop_signals.hpp"
#include "app/wiring.hpp"

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
[[noreturn]] void leave_at_once(int signal) { std::_Exit(kExitBySignal + signal); }

// Waits for a signal and takes the service down in order: unready, then no new connections, then
// the requests that run. SIGINT and SIGHUP come from somebody who waits at a terminal, so only
// SIGTERM leaves a load balancer its time.
void watch_signals(const StopSignals& signals, Wiring& wiring, const Log& log,
                   const std::stop_token& done) {
    std::optional<int> signal;
    while (!signal && !done.stop_requested()) {
        signal = signals.wait_for(kSignalPoll);
    }
    if (!signal) {
        return;
    }
    log.write(LogLevel::info, "stopping", {{"signal", std::int64_t{*signal}}});
    wiring.readiness().begin_shutdown();
    if (*signal == SIGTERM) {
        if (const std::optional<int> second = signals.wait_for(kDrainDelay)) {
            leave_at_once(*second);
        }
    }
    wiring.server().stop(kStopGrace);
    while (!done.stop_requested()) {
        if (const std::optional<int> second = signals.wait_for(kSignalPoll)) {
            leave_at_once(*second);
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

}  // namespace

int run_serve(const Config& config, const Log& log) {
    const StopSignals signals;
    keyring::KeyLoad keys = load_keys(config.keys, std::time(nullptr));
    if (!keys.keys) {
        for (const std::string& error : keys.errors) {
            log.write(LogLevel::error, "key-refused", {{"reason", error}});
        }
        return kExitConfig;
    }
    if (keys.generated) {
        log.write(LogLevel::info, "key-generated", {{"directory", config.keys.directory}});
    }
    try {
        Wiring* running = nullptr;
        std::jthread watcher;
        Wiring wiring(config, std::move(*keys.keys), log, [&running] {
            if (running != nullptr) {
                running->server().stop(milliseconds{0});
            }
        });
        running = &wiring;
        watcher = std::jthread([&](const std::stop_token& done) {
            watch_signals(signals, wiring, log, done);
        });
        say_what_serves(config, wiring.server().port(), log);
        wiring.server().run();
        watcher.request_stop();
        watcher.join();
        log.write(LogLevel::info, "stopped");
        return wiring.database().unusable() ? kExitConfig : kExitOk;
    } catch (const std::system_error& error) {
        log.write(LogLevel::error, "cannot-serve", {{"reason", error.what()}});
        return kExitFailed;
    }
}

}  // namespace signet::app
