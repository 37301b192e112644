#include "server/user_watch.hpp"

#include "base/system.hpp"

#include <algorithm>
#include <utility>

namespace signet::server {
namespace {

using std::chrono::milliseconds;

constexpr int kLooksPerStaleness = 3;

}  // namespace

milliseconds look_interval(std::chrono::seconds check, std::chrono::seconds stale_max) {
    return std::min<milliseconds>(check, milliseconds(stale_max) / kLooksPerStaleness);
}

UserWatch::UserWatch(Options options, users::UserCache& cache, const Log& log)
    : options_(std::move(options)),
      cache_(cache),
      log_(log),
      task_({.name = "user-watch",
             .round = [this] { return round(); },
             .listen = [this](milliseconds time) { return options_.feed->wait(time); }},
            log) {}

// Logs only changes, so that an outage takes two lines of the log instead of one a second.
void UserWatch::note(std::string problem, std::string_view detail) {
    if (problem_ == problem) {
        return;
    }
    problem_ = std::move(problem);
    if (problem_.empty()) {
        log_.write(LogLevel::info, "users-followed");
    } else {
        log_.write(LogLevel::error, "users-not-followed",
                   {{"reason", problem_}, {"detail", detail}});
    }
}

bool UserWatch::look() {
    const auto began = now_since_boot();
    const Result<UserNews> news = options_.feed->read();
    if (!news) {
        const Error& error = news.error();
        // Single users may still be readable although a look took too long.
        cache_.set_away(error.errc == Errc::store_unavailable);
        note(std::string(to_string(error.errc)), error.log_detail);
        return false;
    }
    if (news->everybody) {
        cache_.invalidate_all();
    }
    for (const Uuid& user : news->users) {
        cache_.invalidate(user);
    }
    cache_.confirm(began);
    cache_.set_away(false);
    note("", "");
    return true;
}

PeriodicTask::Next UserWatch::round() {
    may_look_ = may_look_ || !options_.obstacle || options_.obstacle().empty();
    if (!may_look_) {
        return PeriodicTask::after(kUserRetryMin);
    }
    if (!look()) {
        return PeriodicTask::after(retry_.next());
    }
    retry_.reset();
    return {kUserLookPause, options_.check};
}

}  // namespace signet::server
