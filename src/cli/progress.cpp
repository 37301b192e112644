#include "cli/progress.hpp"

#include <algorithm>
#include <ostream>
#include <utility>

namespace signet::cli {
namespace {

constexpr std::chrono::milliseconds kBetweenDrawings{100};
constexpr std::uint64_t kBarWidth = 30;
// The time that is left is a guess until this much has passed.
constexpr std::chrono::seconds kGuessAfter{2};
constexpr const char* kClearLine = "\r\x1b[K";

std::string time_left(double seconds) {
    const auto whole = static_cast<std::uint64_t>(seconds) + 1;
    if (whole < 120) {
        return std::to_string(whole) + " s left";
    }
    return std::to_string((whole + 59) / 60) + " min left";
}

}  // namespace

Progress::Progress(const CommandIo& io, std::string what, std::uint64_t total, Now now)
    : err_(io.err),
      on_terminal_(io.err_is_terminal),
      what_(std::move(what)),
      total_(total),
      now_(now),
      started_at_(now()) {}

void Progress::update(std::uint64_t done) {
    if (!on_terminal_) {
        return;
    }
    const auto now = now_();
    if (drawn_at_ && now - *drawn_at_ < kBetweenDrawings) {
        return;
    }
    drawn_at_ = now;
    err_ << kClearLine << line(done, now - started_at_) << std::flush;
}

void Progress::clear() {
    if (std::exchange(drawn_at_, std::nullopt)) {
        err_ << kClearLine << std::flush;
    }
}

std::string Progress::line(std::uint64_t done,
                           std::chrono::steady_clock::duration since_start) const {
    if (total_ == 0) {
        return what_ + ": " + std::to_string(done);
    }
    // A total may have been a guess.
    const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
    const auto filled = static_cast<std::size_t>(share * static_cast<double>(kBarWidth));
    std::string out = what_ + " [" + std::string(filled, '#') +
                      std::string(kBarWidth - filled, ' ') + "] " +
                      std::to_string(static_cast<int>(share * 100)) + " % (" +
                      std::to_string(done) + " of " + std::to_string(total_) + ')';
    if (since_start >= kGuessAfter && share > 0 && share < 1) {
        const double passed = std::chrono::duration<double>(since_start).count();
        out += ", " + time_left(passed / share - passed);
    }
    return out;
}

}  // namespace signet::cli
