#pragma once

#include "base/log.hpp"
#include "keys/rotation.hpp"
#include "keys/stored_keys.hpp"
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

// An event for the log. It never holds a secret.
struct KeyEvent {
    LogLevel level = LogLevel::info;
    std::string text;
    std::string kid;  // may be empty
};

// What a job works with. The references have to outlive it.
struct RotationParts {
    KeyHome& home;
    const KeyCodec& codec;
    tokens::Keyring& keyring;
    RotationPolicy policy;
    KeyMaking making;
    std::function<void(const KeyEvent&)> on_event;
    const Clock* clock = nullptr;  // the system's, if none is given
    // Gets each row that the audit of the home got; may be empty.
    std::function<void(const KeyAudit&)> on_change = {};
};

// Keeps a keyring up to date with the home of its keys, and carries rotation out. Belongs to the
// thread that owns the home.
class RotationJob {
public:
    explicit RotationJob(RotationParts parts) : parts_(std::move(parts)) {}
    ~RotationJob();
    RotationJob(const RotationJob&) = delete;
    RotationJob& operator=(const RotationJob&) = delete;

    // Publishes the keys if they have changed, or otherwise confirms the view, and then does what
    // is due: makes the first key, promotes, makes a next key, removes dead keys. If the record of
    // a key allows only tokens of a shorter lifetime than the policy's, it is raised before the key
    // is published; if that fails, the key is published and verifies, but the keyring does not sign
    // with it. A replica that cannot open the active key, because it has another key-encryption
    // key, changes nothing, and tries again at every call. The first key of keys that rotate is
    // stored together with the next one, so that replicas which start at once publish the same set.
    // Errors are those of the home; then the old view stays, and stops signing once it is
    // kViewAgeMaxS old. A call that finds nothing to do costs one KeyHome::epoch(); one that makes
    // a key takes up to seconds, so the job has a thread of its own.
    Result<void> tick();

    // Returns the epoch of the view that counts, or nothing before the first successful tick().
    std::optional<std::uint64_t> epoch() const;
    // Returns when the active key is due to be replaced, by the view that counts.
    std::optional<std::int64_t> next_rotation_s() const;

private:
    using SteadyTime = std::chrono::steady_clock::time_point;

    Result<void> refresh();
    Result<void> load_anew();
    Result<void> adopt(KeyView view, SteadyTime seen_at);
    // Returns whether the keys changed.
    Result<bool> do_due(Due due);
    // Raises the recorded lifetime of the tokens of keys.
    Result<void> raise();
    // Runs `change` under the lock of the home, and returns the rows that the audit got.
    Result<std::vector<KeyAudit>> write(const KeyHome::Change& change);
    // Makes `count` keys, unless fresh_ has some that fit.
    Result<void> make_fresh(std::size_t count);
    void drop_fresh();
    Due due_at(std::int64_t now_s) const;
    bool may_do(Due due) const;
    std::int64_t home_now_s() const;
    void hide_dead();
    void tell(LogLevel level, std::string text, std::string kid = {}) const;

    RotationParts parts_;
    std::optional<KeyView> view_;  // without private parts
    SteadyTime viewed_at_;
    std::string signer_kid_;  // empty if no key can sign
    bool can_use_next_ = false;
    // Keys that were made but could not be stored. The next attempt uses them.
    StoredKeys fresh_;
    std::vector<std::string> warnings_;  // about the keys that were published last
};

}  // namespace signet::keys
