#include "http/client_address.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

namespace signet::http {
namespace {

constexpr std::string_view kXForwardedFor = "x-forwarded-for";
constexpr std::string_view kForwarded = "forwarded";
// Far more than there are proxies in a row. Empty members of a list count too.
constexpr std::size_t kStepsMax = 32;

// Removes the last member of a list from it and returns it, without white space around it. Goes
// from the right, because there stands what the nearest proxy wrote: a quotation mark that a client
// leaves open at the left changes nothing for it.
std::string_view take_last(std::string_view& list, char separator) {
    bool quoted = false;
    std::size_t at = list.size();
    for (; at > 0 && (quoted || list[at - 1] != separator); --at) {
        const bool escaped = quoted && at > 1 && list[at - 2] == '\\';
        if (list[at - 1] == '"' && !escaped) {
            quoted = !quoted;
        }
    }
    const std::string_view last = trim(list.substr(at));
    list = list.substr(0, at > 0 ? at - 1 : 0);
    return last;
}

// Whether it is nothing, or a colon and a port or an obfuscated one.
bool is_port(std::string_view text) {
    return text.empty() ||
           (text[0] == ':' && text.size() > 1 && std::ranges::all_of(text.substr(1), [](char c) {
                return is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
            }));
}

// Reads an address with or without a port and quotation marks (RFC 7239 section 6).
std::optional<IpAddress> read_node(std::string_view text) {
    if (text.size() > 1 && text.front() == '"' && text.back() == '"') {
        text = text.substr(1, text.size() - 2);
    }
    std::size_t end = text.size();
    if (text.starts_with('[')) {
        text.remove_prefix(1);
        end = text.find(']');
        if (end == std::string_view::npos || !is_port(text.substr(end + 1))) {
            return std::nullopt;
        }
    } else if (std::ranges::count(text, ':') == 1) {
        end = text.find(':');
        if (!is_port(text.substr(end))) {
            return std::nullopt;
        }
    }
    return IpAddress::from(text.substr(0, end));
}

// Reads the parameter `for` of one element of Forwarded.
std::optional<IpAddress> read_for(std::string_view element) {
    std::optional<std::string_view> node;
    while (!element.empty()) {
        const std::string_view parameter = take_last(element, ';');
        const std::size_t equals = parameter.find('=');
        if (equals == std::string_view::npos ||
            !equal_ignoring_case(parameter.substr(0, equals), "for")) {
            continue;
        }
        if (node) {
            return std::nullopt;
        }
        node = parameter.substr(equals + 1);
    }
    return node ? read_node(*node) : std::nullopt;
}

}  // namespace

bool is_trusted(const TrustedProxies& proxies, const IpAddress& address) {
    return std::ranges::any_of(proxies,
                               [&](const IpNetwork& network) { return network.contains(address); });
}

IpAddress client_address(const IpAddress& peer, std::span<const Header> headers,
                         const TrustedProxies& proxies) {
    const bool has_list =
        std::ranges::find(headers, kXForwardedFor, &Header::name) != headers.end();
    const std::string_view name = has_list ? kXForwardedFor : kForwarded;
    IpAddress nearest = peer;
    std::size_t steps = 0;
    for (std::size_t line = headers.size(); line > 0; --line) {
        if (headers[line - 1].name != name) {
            continue;
        }
        std::string_view rest = headers[line - 1].value;
        while (!rest.empty()) {
            if (!is_trusted(proxies, nearest) || ++steps > kStepsMax) {
                return nearest;
            }
            const std::string_view last = take_last(rest, ',');
            if (last.empty()) {
                continue;  // RFC 9110 section 5.6.1.2
            }
            const auto said = has_list ? read_node(last) : read_for(last);
            if (!said) {
                return nearest;
            }
            nearest = *said;
        }
    }
    return nearest;
}

}  // namespace signet::http
