#include "support/fake_key_home.hpp"

#include <algorithm>
#include <string>

namespace signet::test {
namespace {

constexpr std::int64_t kBeyondTokensS = 120;

const StoredKey* find_kid(const StoredKeys& keys, const std::string& kid) {
    const auto found = std::find_if(keys.begin(), keys.end(),
                                    [&](const StoredKey& key) { return key.life.kid == kid; });
    return found == keys.end() ? nullptr : &*found;
}

auto count_state(const StoredKeys& keys, KeyState state) {
    return std::count_if(keys.begin(), keys.end(),
                         [state](const StoredKey& key) { return key.life.state == state; });
}

std::optional<std::string> removal_objection(const KeyLife& gone, std::int64_t now_s) {
    if (gone.state == KeyState::active) {
        return "the active key cannot be removed";
    }
    if (gone.state == KeyState::retired && now_s < gone.remove_after_s.value_or(0)) {
        return "tokens of a retired key still live";
    }
    return std::nullopt;
}

std::optional<std::string> update_objection(const StoredKey& was, const StoredKey& is) {
    if (was.life.alg != is.life.alg || was.public_part != is.public_part) {
        return "a key is what it is";
    }
    if (is.life.tokens_ttl_s < was.life.tokens_ttl_s) {
        return "how long the tokens of a key live is never lowered";
    }
    if (was.life.state == KeyState::retired && is.life.state == KeyState::retired &&
        is.life.remove_after_s < was.life.remove_after_s) {
        return "a retired key is not removed earlier than was said";
    }
    return std::nullopt;
}

std::optional<std::string> row_objection(const StoredKey& key) {
    if (key.life.state == KeyState::retired && !key.life.remove_after_s) {
        return "a retired key has to say when it goes";
    }
    if (key.life.state == KeyState::retired && !key.life.foreign &&
        (!key.life.retired_at_s || *key.life.remove_after_s < *key.life.retired_at_s +
                                                                  key.life.tokens_ttl_s +
                                                                  kBeyondTokensS)) {
        return "a key stays until its last token is dead";
    }
    if (key.life.state == KeyState::active && key.private_part.empty()) {
        return "the active key has a private part";
    }
    if (key.life.state == KeyState::revoked && !key.private_part.empty()) {
        return "a revoked key has no private part";
    }
    return std::nullopt;
}

std::optional<std::string> objection(const StoredKeys& before, const StoredKeys& after,
                                     std::int64_t now_s) {
    if (count_state(after, KeyState::active) > 1 || count_state(after, KeyState::next) > 1) {
        return "there is one active and one next key at most";
    }
    for (const StoredKey& was : before) {
        const StoredKey* is = find_kid(after, was.life.kid);
        if (auto found =
                is == nullptr ? removal_objection(was.life, now_s) : update_objection(was, *is)) {
            return found;
        }
    }
    for (const StoredKey& is : after) {
        if (auto found = row_objection(is)) {
            return found;
        }
    }
    return std::nullopt;
}

}  // namespace

Result<KeyView> FakeKeyHome::load() {
    const std::lock_guard lock(table_->mutex);
    if (table_->outage) {
        return *table_->outage;
    }
    return KeyView{table_->keys, table_->epoch, table_->now_s};
}

Result<std::uint64_t> FakeKeyHome::epoch() {
    const std::lock_guard lock(table_->mutex);
    if (table_->outage) {
        return *table_->outage;
    }
    return table_->epoch;
}

bool FakeKeyHome::wait(std::chrono::milliseconds timeout) {
    std::unique_lock lock(table_->mutex);
    const bool hinted = table_->hinted.wait_for(
        lock, timeout, [this] { return !table_->outage && table_->hints != seen_hints_; });
    seen_hints_ = table_->hints;
    return hinted;
}

Result<void> FakeKeyHome::change(const Change& change) {
    const std::lock_guard lock(table_->mutex);
    if (table_->outage) {
        return *table_->outage;
    }
    auto edit = change(KeyView{table_->keys, table_->epoch, table_->now_s});
    if (!edit) {
        return edit.error();
    }
    if (edit->audit.empty()) {
        return {};
    }
    if (table_->read_only) {
        table_->refused.push_back(edit->audit[0].kid);
        return *table_->read_only;
    }
    if (const auto refused = objection(table_->keys, edit->keys, table_->now_s)) {
        return Error{Errc::store_failed, *refused};
    }
    std::sort(edit->keys.begin(), edit->keys.end(),
              [](const StoredKey& a, const StoredKey& b) { return a.life.kid < b.life.kid; });
    table_->keys = std::move(edit->keys);
    table_->audit.insert(table_->audit.end(), edit->audit.begin(), edit->audit.end());
    ++table_->epoch;
    ++table_->hints;
    table_->hinted.notify_all();
    return {};
}

void FakeKeyHome::advance(std::int64_t seconds) {
    const std::lock_guard lock(table_->mutex);
    table_->now_s += seconds;
}

void FakeKeyHome::set_outage(std::optional<Errc> outage) {
    const std::lock_guard lock(table_->mutex);
    table_->outage = outage;
}

std::vector<KeyAudit> FakeKeyHome::audit() const {
    const std::lock_guard lock(table_->mutex);
    return table_->audit;
}

}  // namespace signet::test
