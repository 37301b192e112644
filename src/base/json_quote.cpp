#include "base/json.hpp"

#include <array>
#include <cstddef>

namespace signet {
namespace {

void append_unicode_escape(std::string& out, unsigned code_unit) {
    constexpr std::string_view kHex = "0123456789abcdef";
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) {
        out += kHex[(code_unit >> static_cast<unsigned>(shift)) & 0xFU];
    }
}

// The letter after the backslash, for the characters that have a short escape; else 0.
char short_escape(char c) {
    switch (c) {
        case '"':
        case '\\':
            return c;
        case '\b':
            return 'b';
        case '\f':
            return 'f';
        case '\n':
            return 'n';
        case '\r':
            return 'r';
        case '\t':
            return 't';
        default:
            return 0;
    }
}

constexpr std::array<bool, 256> make_plain() {
    std::array<bool, 256> plain{};
    for (std::size_t c = 0x20; c < 0x7F; ++c) {
        plain[c] = c != '"' && c != '\\';
    }
    return plain;
}

constexpr std::array<bool, 256> kPlain = make_plain();

// How many bytes at the front stand for themselves.
std::size_t count_plain(std::string_view text) {
    std::size_t count = 0;
    while (count < text.size() && kPlain[static_cast<unsigned char>(text[count])]) {
        ++count;
    }
    return count;
}

}  // namespace

std::string json_quote(std::string_view utf8) {
    std::string out;
    out.reserve(utf8.size() + 2);
    append_json_quoted(out, utf8);
    return out;
}

void append_json_quoted(std::string& out, std::string_view utf8) {
    out += '"';
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const std::size_t plain = count_plain(utf8.substr(i));
        out.append(utf8, i, plain);
        i += plain;
        if (i == utf8.size()) {
            break;
        }
        const char c = utf8[i];
        const std::string_view rest = utf8.substr(i, 3);
        if (const char letter = short_escape(c); letter != 0) {
            out += '\\';
            out += letter;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            append_unicode_escape(out, static_cast<unsigned char>(c));
        } else if (rest == "\xE2\x80\xA8" || rest == "\xE2\x80\xA9") {
            append_unicode_escape(out, rest[2] == '\xA8' ? 0x2028U : 0x2029U);
            i += 2;
        } else {
            out += c;
        }
    }
    out += '"';
}

}  // namespace signet
