#pragma once

#include <signet/domain/signing_key.hpp>
#include <signet/result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace signet {

// What is written down about a change of the keys. Never holds a byte of a private key.
struct KeyAudit {
    std::string actor;   // "rotation", or the operator's command
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
// share. One thread's. Errors: those of the store, and key_unusable with a sentence for the
// operator in log_detail.
class KeyHome {
public:
    virtual ~KeyHome() = default;

    virtual Result<KeyView> load() = 0;
    // Cheap: whether load() would give something new.
    virtual Result<std::uint64_t> epoch() = 0;
    // Waits until the home hints at a change: true; at most for `timeout`: false. A hint can be
    // lost and can come for nothing: epoch() is what counts.
    virtual bool wait(std::chrono::milliseconds timeout) = 0;

    // What the keys become, decided under the home's lock on what they are. An error leaves them.
    struct Edit {
        StoredKeys keys;
        std::vector<KeyAudit> audit;  // empty: nothing changed, and nothing is written
    };
    using Change = std::function<Result<Edit>(const KeyView&)>;

    // Of several that change at once, on however many machines, each sees what the one before it
    // left: `change` is called once, under the lock. It must not take long: make keys beforehand.
    virtual Result<void> change(const Change& change) = 0;
};

}  // namespace signet
