#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace signet {

// Text that does no harm where it is shown, made of bytes that somebody else chose. Both replace
// what is no UTF-8 (RFC 3629) by U+FFFD, and end a text of more than `bytes_max` bytes with "…"
// after the last whole code point that fits.

// Valid UTF-8. C1 control characters (U+0080 to U+009F), which some terminals obey, become U+FFFD
// too; C0 controls stay, for a writer that escapes them.
std::string to_valid_utf8(std::string_view bytes, std::size_t bytes_max);

// One line for a terminal: C0 controls, DEL, U+2028 and U+2029 become U+FFFD as well, and so do the
// marks that turn the direction of writing (U+202A to U+202E, U+2066 to U+2069).
std::string to_printable(std::string_view bytes, std::size_t bytes_max);

}  // namespace signet
