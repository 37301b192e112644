#include "base/ascii.hpp"

#include <signet/domain/session.hpp>

#include <charconv>

namespace signet {
namespace {

constexpr std::size_t kUuidBytes = 16;
constexpr std::int64_t kMsPerS = 1000;

bool dash_before(std::size_t byte) {
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

}  // namespace

std::optional<SessionId> SessionId::parse(std::string_view text) {
    const auto uuid = UserId::parse(text);
    return uuid ? std::optional(SessionId(uuid->str())) : std::nullopt;
}

std::optional<SessionId> SessionId::from_bytes(std::string_view bytes) {
    if (bytes.size() != kUuidBytes) {
        return std::nullopt;
    }
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < kUuidBytes; ++i) {
        if (dash_before(i)) {
            text += '-';
        }
        const auto byte = static_cast<unsigned char>(bytes[i]);
        text += kHex[byte >> 4U];
        text += kHex[byte & 0x0FU];
    }
    return SessionId(std::move(text));
}

std::string SessionId::bytes() const {
    std::string out;
    for (std::size_t at = 0; at < value_.size();) {
        if (value_[at] == '-') {
            ++at;
            continue;
        }
        unsigned byte = 0;
        std::from_chars(value_.data() + at, value_.data() + at + 2, byte, 16);
        out += static_cast<char>(byte);
        at += 2;
    }
    return out;
}

RefreshDecision decide_refresh(const SessionState& state, std::uint32_t presented,
                               std::int64_t now_ms, std::int64_t grace_s) {
    const bool over = now_ms >= state.idle_until_ms || now_ms >= state.absolute_until_ms;
    if (over || !state.user_active || presented >= kGenerationMax) {
        return {RefreshCase::refuse, 0};
    }
    if (presented == state.generation) {
        return {RefreshCase::rotate, presented + 1};
    }
    if (presented > state.generation) {
        return {RefreshCase::ahead, presented + 1};
    }
    const bool in_grace = now_ms - state.rotated_at_ms <= grace_s * kMsPerS;
    if (presented + 1 == state.generation && in_grace) {
        return {RefreshCase::replay, state.generation};
    }
    return {RefreshCase::reuse, 0};
}

}  // namespace signet
