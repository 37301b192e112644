#include "server/key_watch.hpp"

#include "server/pause.hpp"

#include <algorithm>
#include <utility>

namespace signet::server {
namespace {

using std::chrono::milliseconds;

}  // namespace

KeyWatch::KeyWatch(Options options, tokens::Keyring& keyring, const Log& log)
    : options_(std::move(options)),
      keyring_(keyring),
      log_(log),
      settled_(!options_.access.has_value()) {
    options_.check = std::min(options_.check, options_.look_max);
    if (options_.access) {
        thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    }
}

std::string KeyWatch::problem() const {
    const std::optional<Error> obstacle = keyring_.find_obstacle();
    if (!obstacle) {
        return {};
    }
    const std::lock_guard lock(mutex_);
    return problem_.empty() ? obstacle->log_detail : obstacle->log_detail + " (" + problem_ + ')';
}

// Only changes are logged: an outage is two lines, not one a second.
void KeyWatch::note(std::string problem, std::string_view detail) {
    {
        const std::lock_guard lock(mutex_);
        if (problem_ == problem) {
            return;
        }
        problem_ = problem;
    }
    if (problem.empty()) {
        log_.write(LogLevel::info, "signing-keys-followed");
    } else {
        log_.write(LogLevel::error, "signing-keys-not-followed",
                   {{"reason", problem}, {"detail", detail}});
    }
}

void KeyWatch::tell(const keys::KeyEvent& event) {
    if (event.kid.empty()) {
        log_.write(event.level, "signing-keys", {{"message", event.text}});
    } else {
        log_.write(event.level, "signing-key", {{"kid", event.kid}, {"message", event.text}});
    }
}

// Looked at closely at first: a database that is there is ready within milliseconds.
bool KeyWatch::wait_for_home(const std::stop_token& stop) const {
    milliseconds look = kKeyHomeLookMin;
    while (!stop.stop_requested()) {
        const std::string obstacle = options_.obstacle ? options_.obstacle() : std::string{};
        if (obstacle.empty()) {
            return true;
        }
        pause(stop, look);
        look = std::min(look * 2, kKeyHomeLookMax);
    }
    return false;
}

void KeyWatch::run(const std::stop_token& stop) {
    if (!wait_for_home(stop)) {
        return;
    }
    keys::RotationJob job({.home = *options_.access->home,
                           .codec = *options_.access->codec,
                           .keyring = keyring_,
                           .policy = options_.policy,
                           .making = options_.making,
                           .on_event = [this](const keys::KeyEvent& event) { tell(event); },
                           .clock = nullptr});
    milliseconds retry = kKeyRetryMin;
    while (!stop.stop_requested()) {
        const Result<void> outcome = job.tick();
        settled_ = true;
        if (outcome) {
            note("", "");
            retry = kKeyRetryMin;
            wait_for_hint(stop, options_.check, kKeyWaitSlice, [this](milliseconds slice) {
                return options_.access->home->wait(slice);
            });
        } else {
            const Error& error = outcome.error();
            note(std::string(describe(error.errc).code), error.log_detail);
            pause(stop, std::min(retry, options_.check));
            retry = std::min(retry * 2, kKeyRetryMax);
        }
    }
}

}  // namespace signet::server
