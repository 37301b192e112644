#include "tokens/header.hpp"

#include "base/json.hpp"

#include <array>

namespace signet::tokens {
namespace {

// Each of these lets the sender of a token choose the key, or how the token is read.
constexpr std::array<std::string_view, 8> kRefusedMembers{"crit", "jku", "jwk", "x5u",
                                                          "x5c",  "zip", "cty", "b64"};

// Whether `member` is absent, or a string, which then is put into `out`.
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

std::string write_header(const Header& header) {
    std::string out = "{\"alg\":" + json_quote(header.alg);
    if (header.typ) {
        out += ",\"typ\":" + json_quote(*header.typ);
    }
    if (header.kid) {
        out += ",\"kid\":" + json_quote(*header.kid);
    }
    out += '}';
    return out;
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
