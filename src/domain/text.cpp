#include <signet/domain/text.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace signet {
namespace {

bool within(unsigned char byte, unsigned low, unsigned high) {
    return byte >= low && byte <= high;
}

// Bytes of the well-formed UTF-8 sequence that `rest` begins with (Unicode 15, table 3-7: the range
// of the second byte is what keeps out surrogates, overlong forms and what lies past U+10FFFF); 0
// if it begins with none.
std::size_t sequence_length(std::string_view rest) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
    const auto continues = [&](std::size_t i) { return within(byte(i), 0x80, 0xBF); };
    const unsigned char lead = byte(0);
    if (lead < 0x80)
        return 1;
    if (within(lead, 0xC2, 0xDF))
        return rest.size() >= 2 && continues(1) ? 2 : 0;
    if (within(lead, 0xE0, 0xEF)) {
        const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
        const unsigned high = lead == 0xED ? 0x9F : 0xBF;
        return rest.size() >= 3 && within(byte(1), low, high) && continues(2) ? 3 : 0;
    }
    if (within(lead, 0xF0, 0xF4)) {
        const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
        const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
        const bool whole = rest.size() >= 4 && within(byte(1), low, high);
        return whole && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
}

}  // namespace

std::optional<Text> Text::from(std::string_view bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t length = sequence_length(bytes.substr(at));
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

bool has_control_character(std::string_view bytes) {
    return std::ranges::any_of(bytes, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7F;
    });
}

}  // namespace signet
