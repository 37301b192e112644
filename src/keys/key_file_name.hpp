#pragma once

#include <signet/domain/signing_key.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace signet::keys {

// What the name of a key file says: <state>-<thumbprint>.pem, or a name of the operator's own,
// which means the active key.
struct KeyFileName {
    KeyState state = KeyState::active;
    std::optional<std::string> thumbprint;  // none in a name of the operator's own
};

KeyFileName read_key_file_name(std::string_view name);
std::string write_key_file_name(KeyState state, std::string_view thumbprint);
// A predecessor's key goes by its kid, because the same key may be here as our own as well.
std::string write_foreign_file_name(std::string_view kid);

}  // namespace signet::keys
