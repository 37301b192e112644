#include "base/ascii.hpp"

#include <signet/domain/uuid.hpp>

#include <cstring>

namespace signet {
namespace {

constexpr std::size_t kTextSize = 36;
constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15U;  // 2^64 divided by the golden ratio

// The last step of SplitMix64: every bit of the number affects every bit of the result.
std::uint64_t spread(std::uint64_t x) {
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31U);
}

bool is_hyphen_place(std::size_t at) {
    return at == 8 || at == 13 || at == 18 || at == 23;
}

}  // namespace

std::optional<Uuid> Uuid::parse(std::string_view text) {
    if (text.size() != kTextSize) {
        return std::nullopt;
    }
    Uuid out;
    std::size_t nibble = 0;
    for (std::size_t at = 0; at < kTextSize; ++at) {
        const char c = text[at];
        if (is_hyphen_place(at)) {
            if (c != '-') {
                return std::nullopt;
            }
            continue;
        }
        if (!is_hex_digit(c)) {
            return std::nullopt;
        }
        std::uint8_t& byte = out.bytes[nibble / 2];
        byte = static_cast<std::uint8_t>(unsigned{byte} << 4U | hex_value(c));
        ++nibble;
    }
    return out;
}

std::optional<Uuid> Uuid::from_binary(std::string_view binary) {
    if (binary.size() != kBytes) {
        return std::nullopt;
    }
    Uuid out;
    std::memcpy(out.bytes.data(), binary.data(), kBytes);
    return out;
}

std::string Uuid::binary() const {
    return {bytes.begin(), bytes.end()};
}

std::string Uuid::str() const {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string out(kTextSize, '-');
    std::size_t at = 0;
    for (const std::uint8_t byte : bytes) {
        at += is_hyphen_place(at) ? 1U : 0U;
        out[at++] = kHex[byte >> 4U];
        out[at++] = kHex[byte & 0xFU];
    }
    return out;
}

std::size_t UuidHash::operator()(const Uuid& id) const noexcept {
    std::uint64_t head = 0;
    std::uint64_t tail = 0;
    std::memcpy(&head, id.bytes.data(), sizeof head);
    std::memcpy(&tail, id.bytes.data() + sizeof head, sizeof tail);
    return static_cast<std::size_t>(spread(spread(head + kGolden) ^ tail));
}

}  // namespace signet
