#include "base/utf8.hpp"

#include <signet/domain/text.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace signet {
namespace {

bool is_white_space(std::uint32_t c) {
    return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
           c == 0x205F || c == 0x3000;
}

}  // namespace

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

std::string_view trim_white_space(std::string_view utf8) {
    std::size_t first = utf8.size();
    std::size_t end = 0;
    for (std::size_t at = 0; at < utf8.size();) {
        const CodePoint point = decode_utf8(utf8.substr(at));
        const std::size_t next = at + std::max<std::size_t>(point.length, 1);
        if (point.length == 0 || !is_white_space(point.value)) {
            first = std::min(first, at);
            end = next;
        }
        at = next;
    }
    return first < end ? utf8.substr(first, end - first) : std::string_view{};
}

}  // namespace signet
