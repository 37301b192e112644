#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace signet {

// A code point of UTF-8, and how many bytes it takes.
struct CodePoint {
    std::uint32_t value = 0;
    std::size_t length = 0;  // 0: the bytes begin with no well-formed code point
};

// The code point that `bytes` begin with (RFC 3629: no surrogates, no overlong forms, at most
// U+10FFFF). `bytes` must not be empty.
CodePoint decode_utf8(std::string_view bytes);

}  // namespace signet
