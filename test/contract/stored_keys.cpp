#include "contract/stored_keys.hpp"

#include <algorithm>
#include <utility>

namespace signet::test {
namespace {

StoredKey* mutable_key(StoredKeys& keys, KeyState state) {
    return const_cast<StoredKey*>(find_key(std::as_const(keys), state));
}

}  // namespace

StoredKey next_key(const std::string& kid, std::int64_t now_s) {
    return {.life = {.kid = kid,
                     .alg = "RS256",
                     .created_at_s = now_s,
                     .published_at_s = now_s,
                     .active_after_s = now_s + 60,
                     .activated_at_s = {},
                     .retired_at_s = {},
                     .remove_after_s = {},
                     .tokens_ttl_s = 300},
            .public_part = "public " + kid,
            .private_part = "sealed " + kid};
}

StoredKey active_key(const std::string& kid, std::int64_t now_s) {
    StoredKey out = next_key(kid, now_s);
    out.life.state = KeyState::active;
    out.life.active_after_s = now_s;
    out.life.activated_at_s = now_s;
    return out;
}

StoredKey retired_key(const std::string& kid, std::int64_t remove_after_s) {
    StoredKey out = active_key(kid, remove_after_s - 7200);
    out.life.state = KeyState::retired;
    out.life.retired_at_s = remove_after_s - 3600;
    out.life.remove_after_s = remove_after_s;
    return out;
}

const StoredKey* find_key(const StoredKeys& keys, const std::string& kid) {
    const auto found = std::find_if(keys.begin(), keys.end(),
                                    [&](const StoredKey& key) { return key.life.kid == kid; });
    return found == keys.end() ? nullptr : &*found;
}

const StoredKey* find_key(const StoredKeys& keys, KeyState state) {
    const auto found = std::find_if(keys.begin(), keys.end(),
                                    [&](const StoredKey& key) { return key.life.state == state; });
    return found == keys.end() ? nullptr : &*found;
}

void promote_keys(StoredKeys& keys, std::int64_t now_s, std::int64_t keep_s) {
    StoredKey* next = mutable_key(keys, KeyState::next);
    if (StoredKey* active = mutable_key(keys, KeyState::active)) {
        active->life.state = KeyState::retired;
        active->life.retired_at_s = now_s;
        active->life.remove_after_s = now_s + keep_s;
    }
    next->life.state = KeyState::active;
    next->life.activated_at_s = now_s;
}

KeyHome::Change adding(StoredKey key) {
    return [key = std::move(key)](const KeyView& view) -> Result<KeyHome::Edit> {
        KeyHome::Edit edit{view.keys, {{"test", "stage", key.life.kid, ""}}};
        edit.keys.push_back(key);
        return edit;
    };
}

KeyHome::Change becoming(StoredKeys keys) {
    return [keys = std::move(keys)](const KeyView&) -> Result<KeyHome::Edit> {
        return KeyHome::Edit{keys, {{"test", "stage", "all", ""}}};
    };
}

}  // namespace signet::test
