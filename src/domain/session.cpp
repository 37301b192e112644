#include "base/ip_address.hpp"
#include "base/utf8.hpp"

#include <signet/domain/session.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>

namespace signet {
namespace {

constexpr std::int64_t kMsPerS = 1000;

}  // namespace

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

namespace {

struct Mark {
    std::string_view token;
    std::string_view name;
};

// The first mark that occurs decides, because browsers also claim to be the browsers before them.
constexpr std::array kBrowsers{
    Mark{"Edg", "Edge"},         Mark{"OPR/", "Opera"},     Mark{"SamsungBrowser", "Samsung"},
    Mark{"Firefox/", "Firefox"}, Mark{"FxiOS/", "Firefox"}, Mark{"CriOS/", "Chrome"},
    Mark{"Chrome/", "Chrome"},   Mark{"Safari/", "Safari"},
};
constexpr std::array kSystems{
    Mark{"iPhone", "iPhone"},   Mark{"iPad", "iPad"},       Mark{"Android", "Android"},
    Mark{"Windows", "Windows"}, Mark{"Macintosh", "macOS"}, Mark{"CrOS", "ChromeOS"},
    Mark{"Linux", "Linux"},
};

std::string_view find_name(std::span<const Mark> marks, std::string_view text) {
    const auto found = std::ranges::find_if(
        marks, [&](const Mark& mark) { return text.find(mark.token) != std::string_view::npos; });
    return found == marks.end() ? std::string_view{} : found->name;
}

// Returns "Firefox on Linux" for a browser, and for any other client the name that it sends.
std::string name_device(std::string_view user_agent) {
    if (user_agent.starts_with("Mozilla/")) {
        const std::string browser(find_name(kBrowsers, user_agent));
        const std::string system(find_name(kSystems, user_agent));
        if (!browser.empty() && !system.empty()) {
            return browser + " on " + system;
        }
        if (!browser.empty() || !system.empty()) {
            return browser + system;
        }
    }
    // to_printable() ends a truncated text with an ellipsis of three bytes, which its limit does
    // not count.
    constexpr std::size_t kEllipsisBytes = 3;
    return to_printable(user_agent, kDeviceBytesMax - kEllipsisBytes);
}

// So many bits are enough to recognise a network, and do not identify a host.
constexpr PrefixBits kShownBits{24, 48};

std::optional<std::string> find_prefix(std::string_view address) {
    const auto read = IpAddress::from(address.substr(0, address.find('%')));  // without a zone
    return read ? std::optional(IpNetwork(*read, kShownBits).str()) : std::nullopt;
}

}  // namespace

SessionClient describe_client(std::string_view user_agent, std::string_view address) {
    SessionClient client{name_device(user_agent), find_prefix(address)};
    if (client.device.empty()) {
        client.device = "unknown";
    }
    return client;
}

}  // namespace signet
