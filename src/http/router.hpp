#pragma once

#include "http/message.hpp"
#include "http/request_error.hpp"
#include "http/request_head.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace signet::http {

// What the route table has for a method and a path.
struct Match {
    const Route* route = nullptr;  // null and no error: answer 204 with `allow` (OPTIONS)
    std::optional<RequestError> error;
    std::string_view allow;  // the value of the Allow header, for 204 and 405
};

// Finds the row of a request by the bytes of its path. Nothing is decoded, so every path has one
// spelling. A row may end with "/{id}", which stands for one segment of letters, digits, '-', '_'
// and '.'; where both fit, the row without it wins. Immutable, thread-safe.
class Router {
public:
    // Throws std::invalid_argument on a path that no request could reach or that has two readings
    // (see is_plain_path), on a row that occurs twice, and on CONNECT and TRACE.
    explicit Router(std::vector<Route> routes);
    Router(const Router&) = delete;
    Router& operator=(const Router&) = delete;

    // The views live as long as the router.
    Match match(Method method, std::string_view path) const;

    // The rows, in the order in which they were given.
    std::span<const Route> routes() const { return routes_; }
    // The place of a row among them; that behind the last one for null.
    std::size_t place_of(const Route* route) const {
        return route == nullptr ? routes_.size() : static_cast<std::size_t>(route - routes_.data());
    }

    // The methods of all rows, for `OPTIONS *` and for CONNECT, which has no path.
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

// Whether `path` begins with '/' and can be read in one way only: it is printable ASCII without
// '%',
// ';', '?', '#' and '\\', has no empty, "." or ".." segment, and ends with '/' only if it is "/".
bool is_plain_path(std::string_view path);

// An unwanted body is read up to this size, so that the connection can be used for the next
// request.
inline constexpr std::size_t kDrainedBytesMax = 16 * 1024;

// How many body bytes are read for `route`, which is null for an answer to OPTIONS.
std::size_t body_bytes_max(const Route* route);

// Judges media type and announced length of a body before a byte of it is read. Returns nothing if
// the row accepts both. `route` may be null.
std::optional<RequestError> refuse_by_head(const Route* route, const Head& head);

// Whether a Content-Type is this media type with no other parameter than charset=utf-8. Neither
// JSON (RFC 8259 section 11) nor forms have a charset parameter, but clients send it.
bool is_media_type(std::string_view content_type, std::string_view media_type);

}  // namespace signet::http
