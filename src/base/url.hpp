#pragma once

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

}  // namespace signet
