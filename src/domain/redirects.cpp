#include "base/ascii.hpp"

#include <signet/domain/redirects.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace signet {
namespace {

// The parts of a URL that count here.
struct SplitUrl {
    std::string origin;     // in lower case, without the default port
    std::string_view path;  // begins with '/', or is empty
};

bool is_scheme(std::string_view text) {
    return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, [](char c) {
        return is_alphanumeric(c) || c == '+' || c == '-' || c == '.';
    });
}

bool is_authority(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return is_alphanumeric(c) || std::string_view(".-:[]").find(c) != std::string_view::npos;
    });
}

// Whether a segment is "." or "..", also where dots are written as %2e.
bool is_dot_segment(std::string_view segment) {
    std::string plain;
    for (std::size_t i = 0; i < segment.size(); ++i) {
        if (equal_ignoring_case(segment.substr(i, 3), "%2e")) {
            plain += '.';
            i += 2;
        } else {
            plain += segment[i];
        }
    }
    return plain == "." || plain == "..";
}

bool has_dangerous_part(std::string_view path) {
    // Servers that decode before they split, or twice, or that cut parameters of a segment off,
    // would see other segments than we do.
    for (const char* encoded : {"%2f", "%5c", "%00", "%25", ".;", "%2e;"}) {
        if (to_lower(path).find(encoded) != std::string::npos) {
            return true;
        }
    }
    while (!path.empty()) {
        const std::size_t slash = path.find('/');
        if (is_dot_segment(path.substr(0, slash))) {
            return true;
        }
        path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    }
    return false;
}

std::optional<SplitUrl> split(std::string_view url) {
    const bool clean = std::ranges::all_of(
        url, [](char c) { return c > ' ' && c < 0x7F && c != '\\' && c != '"' && c != '<'; });
    const std::size_t colon = url.find("://");
    if (!clean || url.size() > kRedirectBytesMax || colon == std::string_view::npos ||
        !is_scheme(url.substr(0, colon))) {
        return std::nullopt;
    }
    const std::size_t begin = colon + 3;
    const std::size_t end = std::min(url.find_first_of("/?#", begin), url.size());
    if (!is_authority(url.substr(begin, end - begin))) {
        return std::nullopt;
    }
    SplitUrl parts{to_lower(url.substr(0, end)), {}};
    for (const auto& [scheme, port] : {std::pair("https:", ":443"), std::pair("http:", ":80")}) {
        if (parts.origin.starts_with(scheme) && parts.origin.ends_with(port)) {
            parts.origin.resize(parts.origin.rfind(':'));
        }
    }
    const std::string_view rest = url.substr(end);
    parts.path = rest.substr(0, std::min(rest.find_first_of("?#"), rest.size()));
    if (has_dangerous_part(parts.path)) {
        return std::nullopt;
    }
    return parts;
}

bool is_within(std::string_view path, std::string_view allowed) {
    while (allowed.ends_with('/')) {
        allowed.remove_suffix(1);
    }
    return path.starts_with(allowed) &&
           (path.size() == allowed.size() || path[allowed.size()] == '/');
}

}  // namespace

bool may_redirect(std::string_view url, const RedirectPolicy& policy) {
    const auto asked = split(url);
    if (!asked) {
        return false;
    }
    const auto client = split(policy.client_url);
    return (client && client->origin == asked->origin) ||
           std::ranges::any_of(policy.allowed, [&](const std::string& entry) {
               const auto allowed = split(entry);
               return allowed && allowed->origin == asked->origin &&
                      is_within(asked->path, allowed->path);
           });
}

}  // namespace signet
