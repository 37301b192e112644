#include "base/printable.hpp"

#include "base/utf8.hpp"

#include <cstdint>

namespace signet {
namespace {

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

std::string to_valid_utf8(std::string_view bytes, std::size_t bytes_max) {
    return clean(bytes, bytes_max, is_c1);
}

std::string to_printable(std::string_view bytes, std::size_t bytes_max) {
    return clean(bytes, bytes_max, disturbs_a_terminal);
}

}  // namespace signet
