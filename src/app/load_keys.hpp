#pragma once

#include "app/config.hpp"
#include "keyring/key_files.hpp"

#include <cstdint>

namespace signet::app {

// The keys that the configuration names: the one of AUTH_PRIVATE_KEY, or those of the directory,
// which gets its first key if it has none.
keyring::KeyLoad load_keys(const KeyConfig& config, std::int64_t now_s);

}  // namespace signet::app
