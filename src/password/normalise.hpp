#pragma once

#include <signet/ports/passwords.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signet {

// The canonical forms of Unicode (UAX #15). The compatibility forms are not among them, because
// they make different passwords equal (`ﬁ` and `fi`).
enum class UnicodeForm : std::uint8_t { nfc, nfd };

// Returns `utf8` in `form`, or nothing if it is not valid UTF-8. Keeps unassigned code points.
// Wipes its buffers; the caller has to wipe the result. Thread-safe.
std::optional<std::string> normalise(std::string_view utf8, UnicodeForm form);

}  // namespace signet
