#include "http/message.hpp"

#include "base/secret.hpp"

namespace signet::http {

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
