#include "server/key_watch.hpp"

#include <algorithm>
#include <utility>

namespace signet::server {

using std::chrono::milliseconds;

KeyWatch::KeyWatch(Options options, tokens::Keyring& keyring, const Log& log)
    : options_(std::move(options)),
      keyring_(keyring),
      log_(log),
      settled_(!options_.access.has_value()) {
    options_.check = std::min(options_.check, options_.look_max);
    if (!options_.access) {
        return;
    }
    job_.emplace(
        keys::RotationParts{.home = *options_.access->home,
                            .codec = *options_.access->codec,
                            .keyring = keyring_,
                            .policy = options_.policy,
                            .making = options_.making,
                            .on_event = [this](const keys::KeyEvent& event) { tell(event); },
                            .clock = nullptr,
                            .on_change =
                                [this](const KeyAudit& row) {
                                    if (options_.note && unwritten_.size() < kUnwrittenRowsMax) {
                                        unwritten_.push_back(row);
                                    }
                                }});
    task_.emplace(
        PeriodicTask::Options{
            .name = "key-watch",
            .round = [this] { return round(); },
            .listen = [this](milliseconds time) { return options_.access->home->wait(time); }},
        log);
}

std::string KeyWatch::problem() const {
    const std::optional<Error> obstacle = keyring_.find_obstacle();
    if (!obstacle) {
        return {};
    }
    const std::lock_guard lock(mutex_);
    return problem_.empty() ? obstacle->log_detail : obstacle->log_detail + " (" + problem_ + ')';
}

// Logs only changes, so that an outage takes two lines of the log instead of one a second.
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

// A row whose COMMIT is in doubt is not written again: it stands in the audit file of the directory
// in any case.
void KeyWatch::note_changes() {
    while (!unwritten_.empty()) {
        const Result<void> written = options_.note(unwritten_.front());
        if (!written && written.error().errc != Errc::store_in_doubt) {
            return;
        }
        unwritten_.pop_front();
    }
}

PeriodicTask::Next KeyWatch::round() {
    home_ready_ = home_ready_ || !options_.obstacle || options_.obstacle().empty();
    if (!home_ready_) {
        return PeriodicTask::after(home_pause_.next());
    }
    const Result<void> outcome = job_->tick();
    settled_ = true;
    next_rotation_s_ = job_->next_rotation_s().value_or(0);
    note_changes();
    if (!outcome) {
        const Error& error = outcome.error();
        note(std::string(to_string(error.errc)), error.log_detail);
        return PeriodicTask::after(std::min(retry_.next(), options_.check));
    }
    note("", "");
    retry_.reset();
    return {milliseconds{0}, options_.check};
}

}  // namespace signet::server
