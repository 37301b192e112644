#include "service/tickets.hpp"

#include "base/base64url.hpp"
#include "base/sha256.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace signet {

std::string make_ticket(Random& random) {
    std::string bytes(kTicketBytes, '\0');
    random.fill(std::as_writable_bytes(std::span<char>(bytes)));
    return base64url_encode(bytes);
}

std::string make_code(Random& random) {
    constexpr std::uint32_t kCodes = 1'000'000;
    constexpr std::uint32_t kFair = 4'294'000'000;  // the largest multiple of it below 2^32
    for (;;) {
        std::array<std::byte, 4> bytes{};
        random.fill(bytes);
        std::uint32_t number = 0;
        for (const std::byte byte : bytes) {
            number = number << 8U | std::to_integer<std::uint32_t>(byte);
        }
        if (number < kFair) {
            const std::string digits = std::to_string(number % kCodes);
            return std::string(kCodeDigits - digits.size(), '0') + digits;
        }
    }
}

std::optional<Text> ticket_hash(std::string_view ticket) {
    const auto bytes = ticket.size() == kTicketLength ? base64url_decode(ticket) : std::nullopt;
    return bytes ? Text::from(base64url_encode(sha256(ticket))) : std::nullopt;
}

Text code_hash(const UserId& user, std::string_view code, const SessionSealer& sealer) {
    return Text::from(sealer.pseudonym("code:" + user.str() + ':' + std::string(code))).value();
}

}  // namespace signet
