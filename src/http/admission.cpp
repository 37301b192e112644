#include "http/admission.hpp"

#include "http/token.hpp"

namespace signet::http {

std::size_t body_bytes_max(const Route* route) {
    return route == nullptr || route->body_bytes_max == 0 ? kDrainedBytesMax
                                                          : route->body_bytes_max;
}

bool is_json(std::string_view content_type) {
    if (!equal_ignoring_case(take_element(content_type, ';'), "application/json")) {
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

std::optional<Fault> refuse_by_head(const Route* route, const Head& head) {
    if (route != nullptr && route->json_body &&
        !(head.content_type && is_json(*head.content_type))) {
        return Fault::unsupported_media_type;
    }
    // A chunked body is measured as it comes.
    if (head.content_length > body_bytes_max(route)) {
        return Fault::body_too_large;
    }
    return std::nullopt;
}

}  // namespace signet::http
