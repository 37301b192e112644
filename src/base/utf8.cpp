#include "base/utf8.hpp"

#include <cstdint>

namespace signet {
namespace {

unsigned byte_at(std::string_view bytes, std::size_t i) {
    return static_cast<unsigned char>(bytes[i]);
}

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";     // U+2026

bool is_c1(std::uint32_t c) {
    return c >= 0x80 && c <= 0x9F;
}

bool disturbs_a_terminal(std::uint32_t c) {
    return c < 0x20 || c == 0x7F || is_c1(c) || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

template <class Refuse>
std::string clean(std::string_view bytes, std::size_t bytes_max, Refuse refuse) {
    std::string out;
    out.reserve(bytes.size() < bytes_max ? bytes.size() : bytes_max);
    while (!bytes.empty()) {
        const CodePoint c = decode_utf8(bytes);
        const bool bad = c.length == 0 || refuse(c.value);
        const std::string_view piece = bad ? kReplacement : bytes.substr(0, c.length);
        if (out.size() + piece.size() > bytes_max) {
            out += kEllipsis;
            return out;
        }
        out += piece;
        bytes.remove_prefix(c.length == 0 ? 1 : c.length);
    }
    return out;
}

}  // namespace

CodePoint decode_utf8(std::string_view bytes) {
    const unsigned lead = byte_at(bytes, 0);
    if (lead < 0x80) {
        return {lead, 1};
    }
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || bytes.size() < length) {
        return {};
    }
    std::uint32_t value = lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        const unsigned next = byte_at(bytes, i);
        if ((next & 0xC0U) != 0x80U) {
            return {};
        }
        value = (value << 6) | (next & 0x3FU);
    }
    const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (overlong || surrogate || value > 0x10FFFF) {
        return {};
    }
    return {value, length};
}

std::string to_valid_utf8(std::string_view bytes, std::size_t bytes_max) {
    return clean(bytes, bytes_max, is_c1);
}

std::string to_printable(std::string_view bytes, std::size_t bytes_max) {
    return clean(bytes, bytes_max, disturbs_a_terminal);
}

}  // namespace signet
