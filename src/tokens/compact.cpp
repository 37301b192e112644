#include "tokens/compact.hpp"

namespace signet::tokens {

Result<CompactJws> split_compact(std::string_view token) {
    if (token.size() > kTokenBytesMax) {
        return Error(Errc::invalid_token, "the token is longer than 8 KiB");
    }
    const std::size_t first = token.find('.');
    const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
        return Error(Errc::invalid_token, "the token has not got three parts");
    }
    CompactJws parts;
    parts.header = token.substr(0, first);
    parts.payload = token.substr(first + 1, second - first - 1);
    parts.signature = token.substr(second + 1);
    parts.signing_input = token.substr(0, second);
    if (parts.header.empty() || parts.payload.empty() || parts.signature.empty()) {
        return Error(Errc::invalid_token, "a part of the token is empty");
    }
    return parts;
}

std::string signing_input(std::string_view header, std::string_view payload) {
    std::string out;
    out.reserve(header.size() + 1 + payload.size());
    out += header;
    out += '.';
    out += payload;
    return out;
}

}  // namespace signet::tokens
