#pragma once

#include "http/fault.hpp"
#include "http/message.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace signet::http {

// What the table says of a method and a path.
struct Match {
    const Route* route = nullptr;  // null without a fault: answer 204 with `allow` (OPTIONS)
    std::optional<Fault> fault;
    std::string_view allow;  // the value of the Allow header, for 204 and 405
};

// Finds the row of a request by the bytes of its path: nothing is decoded, so a path has one
// spelling and no row can be reached around another. A row may end with
// "/{id}", which stands for one segment of letters, digits, '-', '_' and '.'; where both fit, the
// row without it wins. Immutable.
class Router {
public:
    // Throws std::invalid_argument on a path that no request could reach or that has two readings
    // (see is_plain_path), on a row that comes twice, and on CONNECT and TRACE.
    explicit Router(std::vector<Route> routes);
    Router(const Router&) = delete;
    Router& operator=(const Router&) = delete;

    // The views live as long as the router.
    Match match(Method method, std::string_view path) const;

    // The methods of all rows, for `OPTIONS *` and for what has no path.
    std::string_view allow_everywhere() const { return allow_everywhere_; }

private:
    static constexpr std::size_t kMethods = 9;
    struct Entry {
        std::array<const Route*, kMethods> rows{};
        std::string allow;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>{}(text);
        }
    };

    const Entry* find(std::string_view path) const;

    std::vector<Route> routes_;
    std::unordered_map<std::string, Entry, Hash, std::equal_to<>> by_path_;
    std::string allow_everywhere_;
};

inline constexpr std::string_view kIdSegment = "{id}";
inline constexpr std::size_t kIdSegmentBytesMax = 64;

// Whether a path begins with '/' and has but one reading: no empty, "." or ".." segment, no ';', no
// '%', nothing but printable ASCII. One '/' at the end only if that is all.
bool is_plain_path(std::string_view path);

}  // namespace signet::http
