#include "http/router.hpp"

#include "base/ascii.hpp"
#include "http/token.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace signet::http {
namespace {

constexpr std::size_t index_of(Method method) {
    return static_cast<std::size_t>(method);
}

// The methods are in the order of the enumeration. GET implies HEAD, and OPTIONS is always allowed.
template <class Rows>
std::string allow_of(const Rows& rows) {
    std::string allow;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto method = static_cast<Method>(i);
        const bool derived =
            method == Method::options || (method == Method::head && rows[index_of(Method::get)]);
        if (rows[i] != nullptr || derived) {
            allow += allow.empty() ? "" : ", ";
            allow += to_string(method);
        }
    }
    return allow;
}

// Whether `segment` may stand where a row says {id}.
bool is_id_segment(std::string_view segment) {
    return !segment.empty() && segment.size() <= kIdSegmentBytesMax && segment.front() != '.' &&
           std::ranges::all_of(segment, [](char c) {
               return is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
           });
}

}  // namespace

bool is_plain_path(std::string_view path) {
    if (path == "/") {
        return true;
    }
    if (!path.starts_with('/')) {
        return false;
    }
    for (const char c : path) {
        if (c <= ' ' || c > '~' || c == '%' || c == ';' || c == '?' || c == '#' || c == '\\') {
            return false;
        }
    }
    while (!path.empty()) {
        path.remove_prefix(1);
        const std::string_view segment = path.substr(0, path.find('/'));
        if (segment.empty() || segment == "." || segment == "..") {
            return false;
        }
        path.remove_prefix(segment.size());
    }
    return true;
}

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {
    std::array<const Route*, kMethods> any{};
    for (const Route& route : routes_) {
        if (!is_plain_path(route.path) || route.method == Method::connect ||
            route.method == Method::trace) {
            throw std::invalid_argument("route " + route.operation_id + ": bad path or method");
        }
        const Route*& row = by_path_[route.path].rows[index_of(route.method)];
        if (row != nullptr) {
            throw std::invalid_argument("route " + route.operation_id + " occurs twice");
        }
        row = &route;
        any[index_of(route.method)] = &route;
    }
    for (auto& [path, entry] : by_path_) {
        entry.allow = allow_of(entry.rows);
    }
    allow_everywhere_ = allow_of(any);
}

const Router::Entry* Router::find(std::string_view path) const {
    if (const auto found = by_path_.find(path); found != by_path_.end()) {
        return path.ends_with('}') ? nullptr : &found->second;
    }
    const std::size_t begin = path.rfind('/') + 1;
    if (begin == 0 || !is_id_segment(path.substr(begin))) {
        return nullptr;
    }
    const auto found = by_path_.find(std::string(path.substr(0, begin)) + std::string(kIdSegment));
    return found == by_path_.end() ? nullptr : &found->second;
}

Match Router::match(Method method, std::string_view path) const {
    Match match;
    const Entry* const found = find(path);
    if (found == nullptr) {
        // Paths with two readings end here, too, because no row has one.
        const bool never = method == Method::trace || method == Method::connect;
        match.error = never ? RequestError::method_not_allowed : RequestError::not_found;
        match.allow = never ? allow_everywhere() : std::string_view{};
        return match;
    }
    const Entry& entry = *found;
    match.route = entry.rows[index_of(method)];
    if (match.route == nullptr && method == Method::head) {
        match.route = entry.rows[index_of(Method::get)];
    }
    if (match.route == nullptr) {
        match.allow = entry.allow;
        if (method != Method::options) {
            match.error = RequestError::method_not_allowed;
        }
    }
    return match;
}

std::size_t body_bytes_max(const Route* route) {
    return route == nullptr || route->body_bytes_max == 0 ? kDrainedBytesMax
                                                          : route->body_bytes_max;
}

bool is_media_type(std::string_view content_type, std::string_view media_type) {
    if (!equal_ignoring_case(take_element(content_type, ';'), media_type)) {
        return false;
    }
    while (!content_type.empty()) {
        const std::string_view parameter = take_element(content_type, ';');
        if (!parameter.empty() && !equal_ignoring_case(parameter, "charset=utf-8") &&
            !equal_ignoring_case(parameter, "charset=\"utf-8\"")) {
            return false;
        }
    }
    return true;
}

std::optional<RequestError> refuse_by_head(const Route* route, const Head& head) {
    const bool empty = head.framing != Framing::chunked && head.content_length == 0;
    if (route != nullptr && !route->media_type.empty() && !(route->body_optional && empty) &&
        !(head.content_type && is_media_type(*head.content_type, route->media_type))) {
        return RequestError::unsupported_media_type;
    }
    // A chunked body is measured as it arrives.
    if (head.content_length > body_bytes_max(route)) {
        return RequestError::body_too_large;
    }
    return std::nullopt;
}

}  // namespace signet::http
