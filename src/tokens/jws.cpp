#include "tokens/jws.hpp"

#include "base/json.hpp"

#include <array>

namespace signet::tokens {
namespace {

// Each of these lets the sender of a token choose the key, or how the token is read.
constexpr std::array<std::string_view, 8> kRefusedMembers{"crit", "jku", "jwk", "x5u",
                                                          "x5c",  "zip", "cty", "b64"};

// Puts the member into `out` if it is there. Returns false if it is there and not a string.
bool read_string(const boost::json::object& object, std::string_view member,
                 std::optional<std::string>& out) {
    const boost::json::value* value = object.if_contains(member);
    if (value == nullptr) {
        return true;
    }
    if (!value->is_string()) {
        return false;
    }
    out.emplace(value->get_string().data(), value->get_string().size());
    return true;
}

}  // namespace

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

std::string write_header(const Header& header) {
    JsonWriter json;
    json.begin_object().member("alg", header.alg);
    if (header.typ) {
        json.member("typ", *header.typ);
    }
    if (header.kid) {
        json.member("kid", *header.kid);
    }
    return json.end_object().take();
}

Result<Header> read_header(std::string_view json) {
    const auto read = read_json(json, JsonLimits{});
    const auto* value = std::get_if<boost::json::value>(&read);
    if (value == nullptr || !value->is_object()) {
        return Error(Errc::invalid_token, "the header is no strict JSON object");
    }
    const boost::json::object& object = value->get_object();
    for (const std::string_view member : kRefusedMembers) {
        if (object.contains(member)) {
            return Error(Errc::invalid_token, "the header has the member " + std::string(member));
        }
    }
    Header header;
    std::optional<std::string> alg;
    if (!read_string(object, "alg", alg) || !read_string(object, "typ", header.typ) ||
        !read_string(object, "kid", header.kid) || !alg) {
        return Error(Errc::invalid_token, "alg is missing, or alg, typ or kid is no string");
    }
    header.alg = std::move(*alg);
    return header;
}

}  // namespace signet::tokens
