#include "base/ascii.hpp"
#include "base/lru_cache.hpp"
#include "base/secret.hpp"

#include <signet/service/throttle.hpp>

#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace signet {
namespace {

constexpr std::int64_t kMsPerS = 1000;

Error too_many_attempts(std::int64_t wait_ms, std::string reason) {
    Error error{Errc::too_many_attempts, std::move(reason)};
    error.retry_after_s = std::max<std::int64_t>(1, (wait_ms + kMsPerS - 1) / kMsPerS);
    return error;
}

Error wait_first(std::int64_t wait_ms, const Text& subject) {
    return too_many_attempts(wait_ms, "wrong passwords before, for " + subject.str());
}

}  // namespace

class PasswordThrottle::Names {
public:
    void put(const std::string& name, const std::string& user) {
        const std::scoped_lock lock(mutex_);
        users_.put(name, user, name.size() + user.size());
        if (first_.find(user) == nullptr) {
            first_.put(user, name, name.size() + user.size());
        }
    }
    std::string first_of(const std::string& name) {
        const std::scoped_lock lock(mutex_);
        const std::string* const user = users_.find(name);
        return user == nullptr ? name : of_user(*user);
    }
    std::string first_of_user(const std::string& user) {
        const std::scoped_lock lock(mutex_);
        return of_user(user);
    }

private:
    static constexpr std::size_t kBytesMax = std::size_t{1024} * 1024;  // some 4,000 names

    std::string of_user(const std::string& user) {
        const std::string* const name = first_.find(user);
        return name == nullptr ? user : *name;
    }

    std::mutex mutex_;
    LruCache<std::string, std::string, std::hash<std::string>> users_{kBytesMax};
    LruCache<std::string, std::string, std::hash<std::string>> first_{kBytesMax};
};

PasswordThrottle::PasswordThrottle(std::int64_t failures_max)
    : failures_max_(failures_max), names_(std::make_unique<Names>()) {}

PasswordThrottle::~PasswordThrottle() = default;

void PasswordThrottle::remember(const Text& subject, const UserId& user) {
    names_->put(subject.str(), user.str());
}

std::string PasswordThrottle::account_of(const Text& subject) {
    return names_->first_of(subject.str());
}

std::string PasswordThrottle::account_of_user(const std::string& user) {
    return names_->first_of_user(user);
}

Result<void> PasswordThrottle::Try::right() {
    return failure_.reserved ? store_.forget(failure_.subject) : Result<void>();
}

Error PasswordThrottle::Try::undecided(Error fault) {
    if (failure_.reserved) {
        // If the store cannot do it, one failure too many stays until the next right password.
        static_cast<void>(store_.give_back(failure_.subject));
    }
    return fault;
}

Error PasswordThrottle::Try::wrong(Error refusal) {
    const Result<CountedFailure> counted = store_.count(failure_);
    if (!counted) {
        return counted.error();
    }
    if (counted->alarming) {
        refusal.alarming = true;
        refusal.log_detail += "; somebody may be guessing: " + std::to_string(counted->count) +
                              " wrong passwords in a row";
    }
    return refusal;
}

Result<PasswordThrottle::Try> PasswordThrottle::admit(const Look& look, FailureStore& store,
                                                      const AuditNote& refused) {
    const auto end = std::chrono::steady_clock::now() + kTryWaitMax;
    std::unique_lock waits(waiting_, std::defer_lock);
    for (;;) {
        Result<Failures> failures = look();
        if (!failures) {
            return failures.error();
        }
        if (!failures->subject) {
            return Error{Errc::internal, "nobody's password was tried"};
        }
        const Text& subject = *failures->subject;
        if (failures->count >= failures_max_) {
            return too_many_attempts(kFailureWaitMaxS * kMsPerS,
                                     "AUTH_LOGIN_FAILURES_MAX is reached for " + subject.str());
        }
        Try attempt(store, {subject, refused, false});
        if (failures->count == 0) {
            return attempt;
        }
        if (failures->wait_ms == 0) {
            const Result<bool> reserved = store.reserve(subject, failures_max_);
            if (!reserved) {
                return reserved.error();
            }
            if (*reserved) {
                attempt.failure_.reserved = true;
                return attempt;
            }
            // Another try came first, or all failures were forgotten meanwhile.
        } else if (!failures->trying) {
            return wait_first(failures->wait_ms, subject);
        }
        // The wait is over if a try that is being verified turns out to be right: many right ones
        // that come at once, here and at other replicas, are all to pass.
        if (std::chrono::steady_clock::now() >= end || !(waits.owns_lock() || waits.try_lock())) {
            return wait_first(failures->wait_ms, subject);
        }
        std::this_thread::sleep_for(kTryLookPause);
    }
}

Text subject_of_name(NameKind kind, std::string_view name, const SessionSealer& sealer) {
    std::string folded = to_lower(trim_white_space(name));
    const WipeOnExit wiped(folded);
    // An address is looked for as an address whichever member of the body it came in.
    const bool is_email = kind == NameKind::email || folded.find('@') != std::string::npos;
    folded.insert(0, is_email ? "email:" : "username:");
    return Text::from("name:" + sealer.pseudonym(folded)).value();
}

}  // namespace signet
