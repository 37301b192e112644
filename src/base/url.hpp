#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace signet {

// Returns the URL of a path, which begins with a slash, below a base that may end with one.
inline std::string url_below(std::string_view base, std::string_view path) {
    while (base.ends_with('/')) {
        base.remove_suffix(1);
    }
    return std::string(base).append(path);
}

// Whether a client on another machine, or in a container, would take the URL for its own machine,
// or could not connect to it at all.
inline bool is_local_url(std::string_view url) {
    const std::size_t slashes = url.find("//");
    if (slashes == std::string_view::npos) {
        return false;
    }
    std::string_view host = url.substr(slashes + 2);
    host = host.substr(0, host.find_first_of("/?#"));
    host.remove_prefix(host.rfind('@') + 1);  // npos + 1 is 0: no user
    return host == "localhost" || host.starts_with("localhost:") || host.starts_with("127.") ||
           host.starts_with("[::1]") || host.starts_with("0.0.0.0") || host.starts_with("[::]") ||
           host.starts_with("::");
}

}  // namespace signet
