#include "base/base64url.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace signet {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kInvalid = 0xFF;

constexpr std::array<std::uint8_t, 256> make_reverse() {
    std::array<std::uint8_t, 256> table{};
    table.fill(kInvalid);
    for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
        table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return table;
}

constexpr std::array<std::uint8_t, 256> kReverse = make_reverse();

}  // namespace

std::string base64url_encode(std::string_view bytes) {
    std::string out((bytes.size() * 4 + 2) / 3, '\0');
    const auto byte_at = [&](std::size_t i) -> std::uint32_t {
        return static_cast<unsigned char>(bytes[i]);
    };
    std::size_t written = 0;
    std::size_t read = 0;
    for (; read + 3 <= bytes.size(); read += 3) {
        const std::uint32_t bits =
            (byte_at(read) << 16) | (byte_at(read + 1) << 8) | byte_at(read + 2);
        out[written++] = kAlphabet[bits >> 18];
        out[written++] = kAlphabet[(bits >> 12) & 0x3F];
        out[written++] = kAlphabet[(bits >> 6) & 0x3F];
        out[written++] = kAlphabet[bits & 0x3F];
    }
    if (read + 1 == bytes.size()) {
        const std::uint32_t bits = byte_at(read) << 4;
        out[written++] = kAlphabet[bits >> 6];
        out[written++] = kAlphabet[bits & 0x3F];
    } else if (read + 2 == bytes.size()) {
        const std::uint32_t bits = (byte_at(read) << 10) | (byte_at(read + 1) << 2);
        out[written++] = kAlphabet[bits >> 12];
        out[written++] = kAlphabet[(bits >> 6) & 0x3F];
        out[written++] = kAlphabet[bits & 0x3F];
    }
    return out;
}

std::string base64url_encode(std::span<const std::byte> bytes) {
    return base64url_encode(
        std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::string base64_encode(std::string_view bytes) {
    std::string text = base64url_encode(bytes);
    std::ranges::replace(text, '-', '+');
    std::ranges::replace(text, '_', '/');
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

std::optional<std::string> base64url_decode(std::string_view text) {
    if (text.size() % 4 == 1) {
        return std::nullopt;
    }
    std::string out(text.size() * 3 / 4, '\0');
    const auto value_at = [&](std::size_t i) -> std::uint32_t {
        return kReverse[static_cast<unsigned char>(text[i])];
    };
    std::size_t written = 0;
    std::size_t read = 0;
    // Checked once behind the loop: the value of a character outside the alphabet has a bit above
    // the lowest six.
    std::uint32_t seen = 0;
    for (; read + 4 <= text.size(); read += 4) {
        const std::uint32_t a = value_at(read);
        const std::uint32_t b = value_at(read + 1);
        const std::uint32_t c = value_at(read + 2);
        const std::uint32_t d = value_at(read + 3);
        seen |= a | b | c | d;
        const std::uint32_t bits = (a << 18) | (b << 12) | (c << 6) | d;
        out[written++] = static_cast<char>((bits >> 16) & 0xFF);
        out[written++] = static_cast<char>((bits >> 8) & 0xFF);
        out[written++] = static_cast<char>(bits & 0xFF);
    }
    std::uint32_t bits = 0;
    unsigned pending = 0;
    for (; read < text.size(); ++read) {
        const std::uint32_t value = value_at(read);
        seen |= value;
        bits = (bits << 6) | value;
        pending += 6;
        if (pending >= 8) {
            pending -= 8;
            out[written++] = static_cast<char>((bits >> pending) & 0xFF);
        }
    }
    const std::uint32_t unused = bits & ((1U << pending) - 1U);
    if ((seen & ~0x3FU) != 0 || unused != 0) {
        return std::nullopt;
    }
    return out;
}

}  // namespace signet
