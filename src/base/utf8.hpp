#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace signet {

// A code point of UTF-8, and how many bytes it takes.
struct CodePoint {
    std::uint32_t value = 0;
    std::size_t length = 0;  // 0: the bytes begin with no well-formed code point
};

// Returns the code point that `bytes` begin with (RFC 3629: no surrogates, no overlong forms, at
// most U+10FFFF). `bytes` must not be empty.
CodePoint decode_utf8(std::string_view bytes);

// The next two make text that does no harm where it is shown, of bytes that somebody else chose.
// Both replace what is no UTF-8 by U+FFFD, and cut a text of more than `bytes_max` bytes after the
// last whole code point that fits, and end it with "…".

// Returns valid UTF-8. C1 control characters (U+0080 to U+009F), which some terminals obey, become
// U+FFFD too; C0 controls stay, for a writer that escapes them.
std::string to_valid_utf8(std::string_view bytes, std::size_t bytes_max);

// Returns one line for a terminal. C0 controls, DEL, U+2028 and U+2029 become U+FFFD as well, and
// so do the marks that turn the direction of writing (U+202A to U+202E, U+2066 to U+2069).
std::string to_printable(std::string_view bytes, std::size_t bytes_max);

}  // namespace signet
