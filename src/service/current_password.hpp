#pragma once

#include <signet/service/account.hpp>

#include <string>

namespace signet {

Error wrong_current_password(std::string reason);

// Returns the hash that the current password of the caller was verified against. Errors:
// wrong_current_password, too_many_attempts, and those of the store and the hasher.
Result<Text> prove_password(const Caller& caller, const std::string& password,
                            const PasswordPorts& ports);

}  // namespace signet
