#pragma once

#include <signet/domain/signing_key.hpp>
#include <signet/result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace signet {

// One row of the audit of the keys. It never holds a byte of a private key.
struct KeyAudit {
    std::string actor;   // "rotation", or who ran the command
    std::string action;  // stage, raise, promote, retire, revoke, remove, rewrap, import
    std::string kid;
    std::string detail;
};

// The keys at one moment.
struct KeyView {
    StoredKeys keys;
    std::uint64_t epoch = 0;  // grows with every change
    std::int64_t now_s = 0;   // by the clock of the key home
};

// Stores the signing keys: in a file of one machine, or in a PostgreSQL database that several
// replicas share. An object belongs to one thread. Errors are those of the store, and key_unusable
// with a sentence for the operator in log_detail. Tests use an implementation in memory.
class KeyHome {
public:
    virtual ~KeyHome() = default;

    virtual Result<KeyView> load() = 0;
    // Returns a different number from that of the last load() if load() would return something new.
    // The call is cheap.
    virtual Result<std::uint64_t> epoch() = 0;
    // Waits until there is a hint of a change and returns true, or returns false after `timeout`.
    // Hints can be lost and can come without a change, so only epoch() is reliable.
    virtual bool wait(std::chrono::milliseconds timeout) = 0;

    // What the keys become. If `audit` is empty, nothing is written.
    struct Edit {
        StoredKeys keys;
        std::vector<KeyAudit> audit;
    };
    using Change = std::function<Result<Edit>(const KeyView&)>;

    // Calls `change` once, under the lock of the key home, with the keys as the previous change
    // left them, whichever machine made it. An error from `change` leaves the keys as they are.
    // `change` must not take long, so callers generate keys beforehand.
    virtual Result<void> change(const Change& change) = 0;
};

}  // namespace signet
