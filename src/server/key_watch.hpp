#pragma once

#include "base/log.hpp"
#include "server/key_access.hpp"
#include "server/periodic_task.hpp"
#include "tokens/keyring.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace signet::server {

// The longest time between two looks at the home, whatever AUTH_KEY_CHECK says. A view that is not
// confirmed within tokens::kViewAgeMaxS signs no more, and a look may fail or take long.
inline constexpr std::chrono::milliseconds kKeyLookMax =
    std::chrono::seconds(tokens::kViewAgeMaxS) / 4;
// The first and the longest pause while the home waits for its migration. They are short, because
// the start waits for the keys and asking costs nothing: a database that is up is ready within
// milliseconds.
inline constexpr std::chrono::milliseconds kKeyHomeLookMin{2};
inline constexpr std::chrono::milliseconds kKeyHomeLookMax{16};
// The first and the longest pause while the home of the keys cannot be read.
inline constexpr std::chrono::milliseconds kKeyRetryMin{100};
inline constexpr std::chrono::milliseconds kKeyRetryMax{2000};

// How many rows wait at most for a database that cannot be reached.
inline constexpr std::size_t kUnwrittenRowsMax = 100;

// Keeps a keyring up to date with the home of its keys, and rotates them, on a thread of its own,
// so that a server starts without PostgreSQL and keeps in memory what it once loaded. It does
// nothing if the key is fixed.
class KeyWatch {
public:
    struct Options {
        std::optional<KeyAccess> access;  // without a value the keyring's keys are fixed
        keys::RotationPolicy policy;
        keys::KeyMaking making;
        std::chrono::milliseconds check{5000};  // AUTH_KEY_CHECK
        std::chrono::milliseconds look_max = kKeyLookMax;
        // Returns why the home cannot be used yet (it has to be migrated first, for example), or
        // nothing. It is called until it returns nothing.
        std::function<std::string()> obstacle;
        // Writes a row about a change of keys to signet.audit, for a home that does not do so
        // itself. Rows that cannot be written are tried again at each look.
        std::function<Result<void>(const KeyAudit&)> note;
    };

    // `keyring` and `log` have to outlive it.
    KeyWatch(Options options, tokens::Keyring& keyring, const Log& log);
    KeyWatch(const KeyWatch&) = delete;
    KeyWatch& operator=(const KeyWatch&) = delete;

    // Returns why tokens cannot be signed, in words fit for /readyz; it is empty while they can.
    // Thread-safe.
    std::string problem() const;

    // Returns whether the home was looked at once, and what was due there was done or could not be
    // done. If the key is fixed, the result is always true. Thread-safe.
    bool settled() const { return settled_; }

    // Returns when the active key is due to be replaced (Unix time), or 0 if that is not known, or
    // nothing does it by itself. Thread-safe.
    std::int64_t next_rotation_s() const { return next_rotation_s_; }

    // Returns whether the home waits for something else, which is the database, before it is looked
    // at.
    bool needs_database() const { return static_cast<bool>(options_.obstacle); }

private:
    PeriodicTask::Next round();
    void note(std::string problem, std::string_view detail);
    void tell(const keys::KeyEvent& event);
    void note_changes();

    Options options_;
    tokens::Keyring& keyring_;
    const Log& log_;
    mutable std::mutex mutex_;
    std::atomic<bool> settled_{false};
    std::atomic<std::int64_t> next_rotation_s_{0};
    std::string problem_;  // why the home could not be read or changed lately
    bool home_ready_ = false;
    Backoff home_pause_{kKeyHomeLookMin, kKeyHomeLookMax};
    Backoff retry_{kKeyRetryMin, kKeyRetryMax};
    std::deque<KeyAudit> unwritten_;
    std::optional<keys::RotationJob> job_;  // like task_, without a value if the key is fixed
    std::optional<PeriodicTask> task_;
};

}  // namespace signet::server
