#include "keys/stored_edit.hpp"

#include "base/secret.hpp"
#include "tokens/key_pair.hpp"

#include <algorithm>

namespace signet::keys {

const StoredKey* find_stored(const StoredKeys& keys, std::string_view kid) {
    const auto found =
        std::ranges::find_if(keys, [kid](const StoredKey& key) { return key.life.kid == kid; });
    return found == keys.end() ? nullptr : &*found;
}

void wipe_private_parts(StoredKeys& keys) {
    for (StoredKey& key : keys) {
        wipe(key.private_part);
    }
}

KeyLives lives_of(const StoredKeys& keys) {
    KeyLives lives;
    lives.reserve(keys.size());
    for (const StoredKey& key : keys) {
        lives.push_back(key.life);
    }
    return lives;
}

StoredKeys with_lives(const StoredKeys& keys, const KeyLives& lives,
                      const std::optional<StoredKey>& fresh) {
    StoredKeys out;
    out.reserve(lives.size());
    for (const KeyLife& life : lives) {
        if (const StoredKey* const found = find_stored(keys, life.kid)) {
            out.push_back(*found);
        } else if (fresh) {
            out.push_back(*fresh);
        } else {
            continue;
        }
        out.back().life = life;
        if (life.state == KeyState::retired || life.state == KeyState::revoked) {
            // It never signs again, so nobody shall ever find it.
            wipe(out.back().private_part);
        }
    }
    return out;
}

std::vector<std::string> kids_of_same_key(const StoredKeys& keys, std::string_view kid) {
    const auto thumbprint = [](const StoredKey& key) {
        const auto half = tokens::KeyPair::from_public_pem(key.public_part);
        return half ? half->thumbprint() : std::string();
    };
    const StoredKey* const named = find_stored(keys, kid);
    if (named == nullptr) {
        return {};
    }
    std::vector<std::string> kids{named->life.kid};
    const std::string wanted = thumbprint(*named);
    for (const StoredKey& key : keys) {
        if (key.life.kid != kid && !wanted.empty() && thumbprint(key) == wanted) {
            kids.push_back(key.life.kid);
        }
    }
    return kids;
}

std::string_view explain(RotationFault fault) {
    switch (fault) {
        case RotationFault::kid_taken:
            return "there is a key of this kid already";
        case RotationFault::next_exists:
            return "there is a next key already; promote it or take it back first";
        case RotationFault::no_next:
            return "there is no next key; stage one first";
        case RotationFault::too_young:
            return "the next key was published too short a time ago: consumers would refuse its "
                   "tokens";
        case RotationFault::unknown_key:
            return "there is no key of this kid";
        case RotationFault::not_next:
            return "only a next key can be taken back; revoke is for the others";
        case RotationFault::no_successor:
            return "the active key has no successor yet";
        case RotationFault::already_revoked:
            return "the key is revoked already";
    }
    return "the life of this key does not allow it";
}

}  // namespace signet::keys
