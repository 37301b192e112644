#pragma once

#include <signet/ports/passwords.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signet {

// The canonical forms of Unicode (UAX #15). The compatibility forms are not among them: they make
// different passwords equal (`ﬁ` and `fi`).
enum class UnicodeForm : std::uint8_t { nfc, nfd };

// `utf8` in `form`; empty when it is no valid UTF-8. Unassigned code points are kept. What it
// worked with is wiped; wiping the result is the caller's business. Thread-safe.
std::optional<std::string> normalise(std::string_view utf8, UnicodeForm form);

}  // namespace signet
