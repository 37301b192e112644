#include "base/utf8.hpp"

#include <signet/domain/text.hpp>

#include <algorithm>
#include <cstddef>

namespace signet {
std::optional<Text> Text::from(std::string_view bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t length = decode_utf8(bytes.substr(at)).length;
        if (length == 0 || bytes[at] == '\0')
            return std::nullopt;
        at += length;
    }
    return Text(std::string(bytes));
}

std::size_t count_code_points(std::string_view utf8) {
    const auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
    return static_cast<std::size_t>(std::ranges::count_if(utf8, starts));
}

bool has_control_character(std::string_view utf8) {
    unsigned char before = 0;
    for (const char c : utf8) {
        const auto byte = static_cast<unsigned char>(c);
        const bool c1 = before == 0xC2 && byte >= 0x80 && byte < 0xA0;  // U+0080 to U+009F
        if (byte < 0x20 || byte == 0x7F || c1) {
            return true;
        }
        before = byte;
    }
    return false;
}

}  // namespace signet
