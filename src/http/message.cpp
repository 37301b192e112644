#include "http/message.hpp"

#include "base/secret.hpp"

#include <array>
#include <utility>

namespace signet::http {
namespace {

// In the order of the enumeration.
constexpr std::array<std::pair<std::string_view, Method>, 9> kMethods{{
    {"GET", Method::get},
    {"HEAD", Method::head},
    {"POST", Method::post},
    {"PUT", Method::put},
    {"PATCH", Method::patch},
    {"DELETE", Method::delete_},
    {"OPTIONS", Method::options},
    {"TRACE", Method::trace},
    {"CONNECT", Method::connect},
}};

}  // namespace

std::string_view to_string(Method method) {
    return kMethods[static_cast<std::size_t>(method)].first;
}

std::optional<Method> to_method(std::string_view name) {
    for (const auto& [known, method] : kMethods) {
        if (name == known) {
            return method;
        }
    }
    return std::nullopt;
}

Request::~Request() {
    wipe(body);
}

std::optional<std::string_view> Request::header(std::string_view lower_name) const {
    for (const Header& header : headers) {
        if (header.name == lower_name) {
            return header.value;
        }
    }
    return std::nullopt;
}

}  // namespace signet::http
