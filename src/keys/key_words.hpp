#pragma once

#include "keys/rotation.hpp"

#include <signet/domain/error.hpp>
#include <signet/ports/key_home.hpp>

#include <string>
#include <string_view>

// Words that the operator's operations on keys share.
namespace signet::keys {

// Stands for the key that a preview does not make.
inline constexpr std::string_view kUnmade = "(a new key)";

// Refused to the operator: a whole sentence.
Error refused(std::string sentence);
Error refused(RotationFault fault);

// A row for what the operator does.
KeyAudit operator_audit(std::string_view action, std::string_view kid, std::string detail = {});

}  // namespace signet::keys
