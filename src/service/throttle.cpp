#include "base/ascii.hpp"
#include "base/base64url.hpp"
#include "base/sha256.hpp"

#include <signet/service/throttle.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace signet {
namespace {

constexpr std::int64_t kMsPerS = 1000;
constexpr std::size_t kNameHashBytes = 16;

Error too_many_attempts(std::int64_t wait_ms, std::string reason) {
    Error error{Errc::too_many_attempts, std::move(reason)};
    error.retry_after_s = std::max<std::int64_t>(1, (wait_ms + kMsPerS - 1) / kMsPerS);
    return error;
}

// Of tries in a row, so many may be verified at once without one of them having had to wait for the
// outcome of another.
std::int64_t at_once(const Failures& failures) {
    return failures.wait_ms > 0 ? 0 : std::max<std::int64_t>(1, kFreeFailures + 1 - failures.count);
}

}  // namespace

PasswordThrottle::Try::Try(Try&& other) noexcept
    : throttle_(std::exchange(other.throttle_, nullptr)),
      store_(other.store_),
      failure_(std::move(other.failure_)),
      counted_(std::move(other.counted_)) {}

PasswordThrottle::Try::~Try() {
    if (throttle_ != nullptr) {
        throttle_->leave(failure_.subject.str());
    }
}

Result<void> PasswordThrottle::Try::right() {
    if (!counted_) {
        return {};
    }
    Result<void> forgotten = store_.forget(failure_.subject);
    ++throttle_->failures_seen_;
    return forgotten;
}

Error PasswordThrottle::Try::undecided(Error fault) {
    if (counted_) {
        // If the store cannot do it, one failure too many stays until the next right password.
        static_cast<void>(store_.give_back(failure_.subject));
        ++throttle_->failures_seen_;
    }
    return fault;
}

Error PasswordThrottle::Try::wrong(Error refusal) {
    if (!counted_) {
        failure_.always = true;
        const Result<CountedFailure> counted = store_.count(failure_);
        ++throttle_->failures_seen_;
        if (!counted) {
            return counted.error();
        }
        counted_ = *counted;
    }
    if (counted_->alarming) {
        refusal.alarming = true;
        refusal.log_detail += "; somebody may be guessing: " + std::to_string(counted_->count) +
                              " wrong passwords in a row";
    }
    return refusal;
}

Result<PasswordThrottle::Try> PasswordThrottle::admit(const Look& look, FailureStore& store,
                                                      const std::optional<Text>& network) {
    const Deadline end = std::chrono::steady_clock::now() + kTryWaitMax;
    for (;;) {
        const std::uint64_t seen_before = failures_seen_;
        const Result<Failures> failures = look();
        if (!failures) {
            return failures.error();
        }
        if (!failures->subject) {
            return Error{Errc::internal, "nobody's password was tried"};
        }
        const std::string& subject = failures->subject->str();
        if (failures->count >= failures_max_) {
            return too_many_attempts(kFailureWaitMaxS * kMsPerS,
                                     "AUTH_LOGIN_FAILURES_MAX is reached for " + subject);
        }
        const Entry entry = enter(subject, *failures, end);
        // What was read may have changed since, and who changed it may have left before the entry.
        const bool outdated =
            failures_seen_ != seen_before && std::chrono::steady_clock::now() < end;
        if (entry == Entry::look_again || (entry == Entry::refused && outdated)) {
            continue;
        }
        if (entry == Entry::refused) {
            return too_many_attempts(failures->wait_ms, "wrong passwords before, for " + subject);
        }
        Try attempt(*this, store, {*failures->subject, network, failures_max_});
        if (outdated) {
            continue;
        }
        if (failures->count == 0) {
            return attempt;
        }
        const Result<CountedFailure> reserved = store.count(attempt.failure_);
        if (!reserved) {
            return reserved.error();
        }
        if (!reserved->taken) {
            return too_many_attempts(reserved->wait_ms, "wrong passwords before, for " + subject);
        }
        attempt.counted_ = *reserved;
        return attempt;
    }
}

// Tries of somebody who has no wait yet wait here for each other, since right ones are to pass
// however many come at once. With more failures than that, they are refused at once.
PasswordThrottle::Entry PasswordThrottle::enter(const std::string& subject,
                                                const Failures& failures, Deadline end) {
    std::unique_lock lock(mutex_);
    const auto trying = [&] {
        const auto found = trying_.find(subject);
        return found == trying_.end() ? 0 : found->second;
    };
    const std::int64_t before = trying();
    if (before < at_once(failures)) {
        ++trying_[subject];
        return Entry::entered;
    }
    if (before == 0 || failures.count > kFreeFailures + 1) {
        return Entry::refused;
    }
    const bool left = left_.wait_until(lock, end, [&] { return trying() < before; });
    return left ? Entry::look_again : Entry::refused;
}

void PasswordThrottle::leave(const std::string& subject) {
    {
        const std::scoped_lock lock(mutex_);
        const auto found = trying_.find(subject);
        if (found != trying_.end() && --found->second == 0) {
            trying_.erase(found);
        }
    }
    left_.notify_all();
}

Text subject_of_name(NameKind kind, std::string_view name) {
    const std::string folded = to_lower(trim_white_space(name));
    // An address is looked for as an address whichever member of the body it came in.
    const bool is_email = kind == NameKind::email || folded.find('@') != std::string::npos;
    const std::string hash = sha256((is_email ? "email:" : "username:") + folded);
    return Text::from("name:" + base64url_encode(std::string_view(hash).substr(0, kNameHashBytes)))
        .value();
}

}  // namespace signet
