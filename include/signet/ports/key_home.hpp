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

// The keys at one moment of their home.
struct KeyView {
    StoredKeys keys;
    std::uint64_t epoch = 0;  // grows with every change
    std::int64_t now_s = 0;   // the home's clock
};

// Where the signing keys live: a directory of one machine, or PostgreSQL that several replicas
// share. Belongs to one thread. Errors are those of the store, and key_unusable with a sentence for
// the operator in log_detail. Tests use a home in memory.
class KeyHome {
public:
    virtual ~KeyHome() = default;

    virtual Result<KeyView> load() = 0;
    // Returns another number than that of the last load() if load() would give something new.
    // Cheap.
    virtual Result<std::uint64_t> epoch() = 0;
    // Waits until the home hints at a change and returns true, or returns false after `timeout`. A
    // hint can be lost and can come for nothing, so only epoch() counts.
    virtual bool wait(std::chrono::milliseconds timeout) = 0;

    // What the keys become. Without rows for the audit nothing is written.
    struct Edit {
        StoredKeys keys;
        std::vector<KeyAudit> audit;
    };
    using Change = std::function<Result<Edit>(const KeyView&)>;

    // Calls `change` once, under the lock of the home, with the keys as the change before it left
    // them, whichever machine made that. An error of `change` leaves the keys as they are. It must
    // not take long, so keys are made beforehand.
    virtual Result<void> change(const Change& change) = 0;
};

}  // namespace signet
