#pragma once

#include "base/log.hpp"
#include "server/key_access.hpp"
#include "tokens/keyring.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

namespace signet::server {

// How long a request to stop may go unnoticed.
inline constexpr std::chrono::milliseconds kKeyWaitSlice{200};
// How long a look at the home is put off at most, whatever AUTH_KEY_CHECK says: a view that is not
// confirmed within tokens::kViewAgeMaxS signs no more, and a look may fail or take its time.
inline constexpr std::chrono::milliseconds kKeyLookMax =
    std::chrono::seconds(tokens::kViewAgeMaxS) / 4;
// While the home waits for its migration: the first pause, doubled up to the last. Whoever starts
// waits for the keys, and a look costs nothing.
inline constexpr std::chrono::milliseconds kKeyHomeLookMin{2};
inline constexpr std::chrono::milliseconds kKeyHomeLookMax{16};
// While the home of the keys cannot be read: the first pause, doubled up to the last.
inline constexpr std::chrono::milliseconds kKeyRetryMin{100};
inline constexpr std::chrono::milliseconds kKeyRetryMax{2000};

// Keeps a keyring in step with the home of its keys, and rotates them, on a thread of its own. So a
// server starts without PostgreSQL, and what it once loaded stays in memory. With a fixed key it
// does nothing.
class KeyWatch {
public:
    struct Options {
        std::optional<KeyAccess> access;  // nothing: the keyring's keys are fixed
        keys::RotationPolicy policy;
        keys::KeyMaking making;
        std::chrono::milliseconds check{5000};  // AUTH_KEY_CHECK
        std::chrono::milliseconds look_max = kKeyLookMax;
        // Why the home cannot be used yet (it has to be migrated first, for example), or nothing.
        // Called until it says nothing.
        std::function<std::string()> obstacle;
    };

    // `keyring` and `log` have to outlive it.
    KeyWatch(Options options, tokens::Keyring& keyring, const Log& log);
    KeyWatch(const KeyWatch&) = delete;
    KeyWatch& operator=(const KeyWatch&) = delete;

    // Empty while tokens can be signed; else why not, in words fit for /readyz. Thread-safe.
    std::string problem() const;

    // Whether the home was looked at once and what was due there is done, or could not be; always
    // so with a fixed key. Thread-safe.
    bool settled() const { return settled_; }

private:
    void run(const std::stop_token& stop);
    bool wait_for_home(const std::stop_token& stop) const;
    void note(std::string problem, std::string_view detail);
    void tell(const keys::KeyEvent& event);

    Options options_;
    tokens::Keyring& keyring_;
    const Log& log_;
    mutable std::mutex mutex_;
    std::atomic<bool> settled_{false};
    std::string problem_;  // why the home could not be read or changed lately
    std::jthread thread_;
};

}  // namespace signet::server
