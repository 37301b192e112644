#pragma once

#include "base/log.hpp"
#include "keys/key_codec.hpp"
#include "keys/key_making.hpp"
#include "keys/rotation.hpp"
#include "tokens/keyring.hpp"

#include <signet/ports/key_home.hpp>
#include <signet/ports/system.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::keys {

// Something that an operator wants to read in the log. Never holds a secret.
struct KeyEvent {
    LogLevel level = LogLevel::info;
    std::string text;
    std::string kid;  // may be empty
};

// What a job works with; the references have to outlive it.
struct RotationParts {
    KeyHome& home;
    const KeyCodec& codec;
    tokens::Keyring& keyring;
    RotationPolicy policy;
    KeyMaking making;
    std::function<void(const KeyEvent&)> on_event;
    const Clock* clock = nullptr;  // the system's, if none is given
};

// Keeps a keyring up to date with the home of its keys, and does what rotation asks for. One
// thread's, the one that owns the home.
class RotationJob {
public:
    explicit RotationJob(RotationParts parts) : parts_(std::move(parts)) {}
    ~RotationJob();
    RotationJob(const RotationJob&) = delete;
    RotationJob& operator=(const RotationJob&) = delete;

    // Looks whether the keys have changed, publishes them if so, confirms the view if not, and does
    // what is due: the first key, promotion, a next key, the removal of dead keys. Before keys are
    // published that are recorded to sign tokens of a shorter life than the policy's, the record is
    // raised; where that fails they are published and verify, but the keyring does not sign with
    // them. Calls that find
    // nothing to do cost one KeyHome::epoch(). A replica that cannot open the active key (another
    // key-encryption key) changes nothing. Errors are those of the home; the old view stays, and
    // stops signing once it is kViewAgeMaxS old. Up to seconds where a key is made: call it on a
    // thread of its own, and after KeyHome::wait().
    Result<void> tick();

    // The epoch of the view that counts; nothing before the first successful tick().
    std::optional<std::uint64_t> epoch() const;

private:
    using SteadyTime = std::chrono::steady_clock::time_point;

    Result<void> refresh();
    Result<void> load_anew();
    Result<void> adopt(KeyView view, SteadyTime seen_at);
    // Whether the keys changed.
    Result<bool> do_due(Due due);
    // Raises the record of how long the tokens live that are signed.
    Result<void> raise();
    // Runs `edit` under the home's lock; what it wrote down.
    Result<std::vector<KeyAudit>> write(const KeyHome::Change& change);
    // fresh_, made where there is none that fits.
    Result<void> make_fresh();
    void drop_fresh();
    Due due_at(std::int64_t now_s) const;
    bool may_do(Due due) const;
    std::int64_t home_now_s() const;
    void hide_dead();
    void tell(LogLevel level, std::string text, std::string kid = {}) const;

    RotationParts parts_;
    std::optional<KeyView> view_;  // without private parts
    SteadyTime viewed_at_;
    std::string signer_kid_;  // empty: no key can sign
    bool can_use_next_ = false;
    // A key that was made for a home that could not be changed: for the next attempt.
    std::optional<StoredKey> fresh_;
};

}  // namespace signet::keys
