#include "keys/rotation_job.hpp"

#include "base/secret.hpp"
#include "base/system.hpp"
#include "keys/stored_keys.hpp"

#include <algorithm>
#include <utility>

namespace signet::keys {
namespace {

static_assert(kKeepBeyondTokensS > tokens::kClockLeewayS + tokens::kViewAgeMaxS,
              "a retired key outlives its tokens, and the change takes its time");

constexpr std::string_view kActor = "rotation";
// The most steps of one tick. The next tick continues.
constexpr int kStepsMax = 4;

std::int64_t wall_now_s(const Clock* clock) {
    return clock == nullptr ? SystemClock().now_s() : clock->now_s();
}

KeyAudit audit(std::string_view action, std::string kid, std::string detail = {}) {
    return {std::string(kActor), std::string(action), std::move(kid), std::move(detail)};
}

std::string kid_of(const KeyLife* life) {
    return life == nullptr ? std::string() : life->kid;
}

// Whether we can open the active key.
bool can_sign(const KeyView& view, const KeyCodec& codec) {
    const auto active = std::ranges::find_if(
        view.keys, [](const StoredKey& key) { return key.life.state == KeyState::active; });
    return active != view.keys.end() && codec.decode(*active).has_value();
}

// Does what is due if it still is. If another replica was faster, the edit has no row for the
// audit.
KeyHome::Edit edit_due(const KeyView& view, Due due, const RotationPolicy& policy,
                       const StoredKeys& fresh) {
    KeyHome::Edit edit;
    KeyLives lives = lives_of(view.keys);
    if (keys::due(lives, policy, view.now_s) != due) {
        return edit;
    }
    if (due == Due::remove) {
        for (const KeyLife& life : lives) {
            KeyLives alone{life};
            if (remove_dead(alone, view.now_s) == 1) {
                edit.audit.push_back(audit("remove", life.kid));
            }
        }
        remove_dead(lives, view.now_s);
    } else if (due == Due::promote) {
        const std::string before = kid_of(active_key(lives));
        const std::string after = kid_of(next_key(lives));
        if (!promote(lives, policy, view.now_s, before.empty())) {
            edit.audit.push_back(audit("promote", after));
            if (!before.empty()) {
                edit.audit.push_back(audit("retire", before, "its successor is " + after));
            }
        }
    } else {
        for (const StoredKey& key : fresh) {
            if (!stage(lives, key.life.kid, key.life.alg, policy, view.now_s)) {
                edit.audit.push_back(audit("stage", key.life.kid, key.life.alg));
            }
        }
    }
    StoredKeys known = view.keys;
    known.insert(known.end(), fresh.begin(), fresh.end());
    edit.keys = with_lives(known, lives);
    wipe_private_parts(known);
    return edit;
}

// Returns how many new keys it takes.
std::size_t new_keys_for(Due due, const RotationPolicy& policy) {
    switch (due) {
        case Due::first_key:
            return policy.period_s ? 2 : 1;
        case Due::stage:
            return 1;
        default:
            return 0;
    }
}

}  // namespace

std::optional<std::uint64_t> RotationJob::epoch() const {
    return view_ ? std::optional(view_->epoch) : std::nullopt;
}

std::optional<std::int64_t> RotationJob::next_rotation_s() const {
    return view_ ? keys::next_rotation_s(lives_of(view_->keys), parts_.policy) : std::nullopt;
}

void RotationJob::tell(LogLevel level, std::string text, std::string kid) const {
    if (parts_.on_event) {
        parts_.on_event({level, std::move(text), std::move(kid)});
    }
}

// Assumes that the clock of the home has run as fast as ours since the last view.
std::int64_t RotationJob::home_now_s() const {
    const auto since = parts_.keyring.steady_now() - viewed_at_;
    return view_->now_s + std::chrono::duration_cast<std::chrono::seconds>(since).count();
}

Result<void> RotationJob::adopt(KeyView view, SteadyTime seen_at) {
    std::vector<std::string> warnings;
    auto set = make_key_set(view, parts_.codec, &warnings);
    wipe_private_parts(view.keys);
    if (!set) {
        return set.error();
    }
    if (warnings != warnings_) {
        for (const std::string& warning : warnings) {
            tell(LogLevel::error, warning);
        }
        warnings_ = std::move(warnings);
    }
    const tokens::Key* signer = set->signer();
    const std::string kid = signer == nullptr ? std::string() : signer->kid;
    if (kid != signer_kid_ && !kid.empty()) {
        tell(LogLevel::info, "tokens are signed with this key from now on", kid);
    }
    signer_kid_ = kid;
    can_use_next_ = std::ranges::any_of(set->keys(), [](const tokens::Key& key) {
        return key.state == KeyState::next && key.key.has_private();
    });
    parts_.keyring.publish(std::move(*set), seen_at);
    viewed_at_ = seen_at;
    view_ = std::move(view);
    return {};
}

Result<void> RotationJob::load_anew() {
    // The time is taken before the keys are read, so that the view is at least as fresh as it says.
    SteadyTime seen_at = parts_.keyring.steady_now();
    auto view = parts_.home.load();
    if (!view) {
        return view.error();
    }
    Result<void> raised;
    if (needs_raise(lives_of(view->keys), parts_.policy) && can_sign(*view, parts_.codec)) {
        raised = raise();
        if (raised) {
            wipe_private_parts(view->keys);
            seen_at = parts_.keyring.steady_now();
            view = parts_.home.load();
            if (!view) {
                return view.error();
            }
        }
    }
    auto adopted = adopt(std::move(*view), seen_at);
    return adopted ? raised : adopted;
}

Result<void> RotationJob::raise() {
    const auto done = write([this](const KeyView& view) -> Result<KeyHome::Edit> {
        KeyHome::Edit edit;
        KeyLives lives = lives_of(view.keys);
        const std::string until =
            "tokens that live up to " + std::to_string(parts_.policy.tokens_ttl_s) + " s";
        for (std::string& kid : raise_tokens_ttl(lives, parts_.policy)) {
            edit.audit.push_back(audit("raise", std::move(kid), until));
        }
        edit.keys = with_lives(view.keys, lives);
        return edit;
    });
    return done ? Result<void>() : Result<void>(done.error());
}

Result<void> RotationJob::refresh() {
    const SteadyTime seen_at = parts_.keyring.steady_now();
    const auto epoch = parts_.home.epoch();
    if (!epoch) {
        return epoch.error();
    }
    // A key that could not be opened is tried again, because the key-encryption key may have come.
    if (!view_ || *epoch != view_->epoch || !warnings_.empty()) {
        return load_anew();
    }
    // Raising the record failed earlier, so it is tried again.
    if (!signer_kid_.empty() && needs_raise(lives_of(view_->keys), parts_.policy)) {
        return load_anew();
    }
    parts_.keyring.confirm(seen_at);
    return {};
}

Due RotationJob::due_at(std::int64_t now_s) const {
    return keys::due(lives_of(view_->keys), parts_.policy, now_s);
}

// A replica that cannot open the keys has another key-encryption key than the others. The others
// could not open a key that it makes, and it could not sign with a key that it promotes.
bool RotationJob::may_do(Due due) const {
    const bool has_active = active_key(lives_of(view_->keys)) != nullptr;
    return (!has_active || !signer_kid_.empty()) && (due != Due::promote || can_use_next_);
}

RotationJob::~RotationJob() {
    drop_fresh();
}

void RotationJob::drop_fresh() {
    wipe_private_parts(fresh_);
    fresh_.clear();
}

// Making a key takes up to seconds, and storing it may fail again and again. So keys of a failed
// attempt are kept for the next one, unless they were stored after all.
Result<void> RotationJob::make_fresh(std::size_t count) {
    const std::string alg = choose_alg(parts_.making, lives_of(view_->keys));
    if (std::ranges::any_of(fresh_, [&](const StoredKey& key) {
            return key.life.alg != alg || find_stored(view_->keys, key.life.kid) != nullptr;
        })) {
        drop_fresh();
    }
    while (fresh_.size() < count) {
        auto made = make_new_key(alg, parts_.making.rsa_bits, parts_.codec);
        if (!made) {
            return made.error();
        }
        fresh_.push_back(std::move(*made));
    }
    return {};
}

Result<std::vector<KeyAudit>> RotationJob::write(const KeyHome::Change& change) {
    std::vector<KeyAudit> done;
    const auto changed = parts_.home.change([&](const KeyView& view) -> Result<KeyHome::Edit> {
        auto edit = change(view);
        if (edit) {
            done = edit->audit;
        }
        return edit;
    });
    if (!changed) {
        return changed.error();
    }
    for (const KeyAudit& row : done) {
        tell(LogLevel::info, "rotation: " + row.action, row.kid);
        if (parts_.on_change) {
            parts_.on_change(row);
        }
    }
    return done;
}

Result<bool> RotationJob::do_due(Due due) {
    const std::size_t new_keys = new_keys_for(due, parts_.policy);
    if (new_keys > 0) {
        if (auto made = make_fresh(new_keys); !made) {
            return made.error();
        }
    }
    const auto done = write([&](const KeyView& view) -> Result<KeyHome::Edit> {
        return edit_due(view, due, parts_.policy, fresh_);
    });
    if (!done) {
        return done.error();
    }
    if (new_keys > 0) {
        drop_fresh();
    }
    return !done->empty();
}

// Uses the clock of the home if that is known, because ours may be wrong.
void RotationJob::hide_dead() {
    parts_.keyring.hide_dead(view_ ? home_now_s() : wall_now_s(parts_.clock));
}

Result<void> RotationJob::tick() {
    for (int step = 0; step < kStepsMax; ++step) {
        if (auto seen = refresh(); !seen) {
            hide_dead();
            return seen;
        }
        const Due guess = due_at(home_now_s());
        if (guess == Due::nothing || !may_do(guess)) {
            break;
        }
        // What is due depends on the clock of the home, and only load() reads that.
        if (auto loaded = load_anew(); !loaded) {
            return loaded;
        }
        const Due due = due_at(view_->now_s);
        if (due == Due::nothing || !may_do(due)) {
            break;
        }
        const auto done = do_due(due);
        if (!done) {
            return done.error();
        }
    }
    hide_dead();
    return {};
}

}  // namespace signet::keys
