#pragma once

#include "config/config.hpp"
#include "keys/directory_home.hpp"
#include "keys/rotation.hpp"
#include "keys/rotation_job.hpp"
#include "keys/stored_keys.hpp"
#include "store/conninfo.hpp"

#include <signet/ports/key_home.hpp>
#include <signet/ports/sessions.hpp>
#include <signet/result.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace signet::server {

// The home of the signing keys, and the codec of their private parts there. Belongs to one thread.
struct KeyAccess {
    std::unique_ptr<KeyHome> home;
    std::unique_ptr<const keys::KeyCodec> codec;
};

// Opens the home of the keys: PostgreSQL if AUTH_KEY_ENCRYPTION_KEY is set, and otherwise
// AUTH_KEYS_DIR, which is made if it is missing. Key-encryption keys that come from a file are read
// again when a key needs another one. `on_notice` is called with sentences about what is
// wrong but stops nothing, such as files that belong to no key. Must not be called if the key is
// fixed. The error is key_unusable, with a sentence in log_detail.
Result<KeyAccess> open_keys(const config::Config& config,
                            const store::ConnectionOptions& connection,
                            std::function<void(const std::string&)> on_notice);

// Returns the sealer of the keys of sessions. It seals under AUTH_KEY_ENCRYPTION_KEY, or, if that
// is not set, under the key in a file of AUTH_KEYS_DIR, which is made if it is missing. If there
// are both, the sealer still opens what was sealed under the file's key; a file that cannot be used
// then is reported to `on_notice`. Files are read again when a session needs another key. Errors
// are those of open_keys().
Result<std::unique_ptr<const SessionSealer>> open_session_keys(
    const config::KeyConfig& config, const std::function<void(const std::string&)>& on_notice);

// Returns whether a directory holds anything that is, or may be, a key.
bool has_key_files(const std::string& directory);

// Loads the key of AUTH_PRIVATE_KEY, or those of AUTH_KEYS_DIR, where the first key is made if
// there is none. Making one is slow, so this is called before serving. Must not be called if the
// keys are in PostgreSQL.
keys::KeyLoad load_keys(const config::Config& config, std::int64_t now_s);

// Loads the keys, wherever they are stored, as they are now, and makes none. If there are no keys,
// the result has neither keys nor errors.
keys::KeyLoad peek_keys(const config::Config& config, std::int64_t now_s);

}  // namespace signet::server
