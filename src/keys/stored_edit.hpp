#pragma once

#include "keys/rotation.hpp"

#include <signet/domain/signing_key.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::keys {

// The row of this kid; null when there is none.
const StoredKey* find_stored(const StoredKeys& keys, std::string_view kid);

// Wipes every private part: for whoever is done with a view.
void wipe_private_parts(StoredKeys& keys);

// The lives of stored keys, for the machine of rotation.hpp.
KeyLives lives_of(const StoredKeys& keys);

// The stored keys after the machine changed their lives: keys that are gone are left out, retired
// and revoked ones lose their private part, and `fresh` brings the parts of the one that is new
// (its own life is not looked at).
StoredKeys with_lives(const StoredKeys& keys, const KeyLives& lives,
                      const std::optional<StoredKey>& fresh = std::nullopt);

// The kids of every row that is of the same key as the row of `kid`, that one first: one key may be
// published under a kid of ours and a predecessor's. Empty: there is no such row.
std::vector<std::string> kids_of_same_key(const StoredKeys& keys, std::string_view kid);

// What a refusal of the machine means, as a sentence.
std::string_view explain(RotationFault fault);

}  // namespace signet::keys
