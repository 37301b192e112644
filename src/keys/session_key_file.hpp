#pragma once

#include <signet/ports/system.hpp>
#include <signet/result.hpp>

#include <optional>
#include <string>

namespace signet::keys {

// The name of the key-encryption key of sessions in a directory of keys: 32 bytes in base64url, on
// a line of its own.
inline constexpr const char* kSessionKeyFile = "session.key";

// The key-encryption key of this directory, which is made at first use, with the file when it is
// missing; of several processes that start at once one makes it. Wipe the result. The file is held
// to the rules of KeyDirectory. Errors: key_unusable, with a sentence that names the file.
Result<std::string> load_session_key(const std::string& path, Random& random);

// The same, but nothing is made: nothing where there is no directory or no file.
Result<std::optional<std::string>> peek_session_key(const std::string& path);

}  // namespace signet::keys
