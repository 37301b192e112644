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

// The home of the signing keys, and how their private parts are read there. One thread's.
struct KeyAccess {
    std::unique_ptr<KeyHome> home;
    std::unique_ptr<const keys::KeyCodec> codec;
};

// PostgreSQL where AUTH_KEY_ENCRYPTION_KEY is set, else AUTH_KEYS_DIR, which is made when it is
// missing. `on_notice` is told sentences about files that belong to no key. Not for a fixed key.
// Errors: key_unusable, with a sentence in log_detail.
Result<KeyAccess> open_keys(const config::Config& config,
                            const store::ConnectionOptions& connection,
                            std::function<void(const std::string&)> on_notice);

// What seals the keys of sessions: AUTH_KEY_ENCRYPTION_KEY, and where it is not set a file of
// AUTH_KEYS_DIR, which is made when it is missing. With both the file still opens what it sealed;
// one that cannot be used then is a sentence for `on_notice`. Errors as above.
Result<std::unique_ptr<const SessionSealer>> open_session_keys(
    const config::KeyConfig& config, const std::function<void(const std::string&)>& on_notice);

// Whether a directory holds anything that is, or may be, a key.
bool has_key_files(const std::string& directory);

// The key of AUTH_PRIVATE_KEY, or those of AUTH_KEYS_DIR, of which the first is made when there is
// none. Slow where it is: before serving. Not for keys in PostgreSQL.
keys::KeyLoad load_keys(const config::Config& config, std::int64_t now_s);

// The keys, wherever they live, as they are now. Makes nothing: no keys and no errors where there
// are none.
keys::KeyLoad peek_keys(const config::Config& config, std::int64_t now_s);

}  // namespace signet::server
