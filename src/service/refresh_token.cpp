#include "service/refresh_token.hpp"

#include "base/base64url.hpp"
#include "base/secret.hpp"
#include "base/sha256.hpp"

#include <cstddef>

namespace signet {
namespace {

constexpr std::string_view kVersion = "rt1";
constexpr std::string_view kPrefix = "rt1.";
constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kGenerationBytes = 4;
constexpr std::size_t kTagBytes = 32;
constexpr std::size_t kPayloadBytes = kIdBytes + kGenerationBytes + kTagBytes;
constexpr std::size_t kEncodedBytes = (kPayloadBytes * 8 + 5) / 6;

std::string write_generation(std::uint32_t generation) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) {
        out += static_cast<char>((generation >> static_cast<unsigned>(shift)) & 0xFFU);
    }
    return out;
}

std::uint32_t read_generation(std::string_view bytes) {
    std::uint32_t out = 0;
    for (const char c : bytes) {
        out = (out << 8U) | static_cast<unsigned char>(c);
    }
    return out;
}

std::string tag_of(const SessionId& session, std::uint32_t generation, std::string_view key) {
    return hmac_sha256(key,
                       std::string(kVersion) + session.binary() + write_generation(generation));
}

}  // namespace

std::optional<RefreshToken> read_refresh_token(std::string_view text) {
    if (text.size() != kPrefix.size() + kEncodedBytes || !text.starts_with(kPrefix)) {
        return std::nullopt;
    }
    const auto payload = base64url_decode(text.substr(kPrefix.size()));
    if (!payload || payload->size() != kPayloadBytes) {
        return std::nullopt;
    }
    const std::string_view bytes = *payload;
    const auto session = SessionId::from_binary(bytes.substr(0, kIdBytes));
    return RefreshToken{*session, read_generation(bytes.substr(kIdBytes, kGenerationBytes)),
                        std::string(bytes.substr(kIdBytes + kGenerationBytes))};
}

std::string make_refresh_token(const SessionId& session, std::uint32_t generation,
                               std::string_view key) {
    std::string payload =
        session.binary() + write_generation(generation) + tag_of(session, generation, key);
    const WipeOnExit wiped(payload);
    return std::string(kPrefix) + base64url_encode(payload);
}

bool is_genuine(const RefreshToken& token, std::string_view key) {
    return equal_in_constant_time(token.tag, tag_of(token.session, token.generation, key));
}

}  // namespace signet
