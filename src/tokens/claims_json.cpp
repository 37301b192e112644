#include "tokens/claims_json.hpp"

#include "base/json.hpp"
#include "tokens/hasura_claims.hpp"

#include <boost/json/monotonic_resource.hpp>

#include <array>

namespace signet::tokens {
namespace {

using boost::json::object;
using boost::json::value;

// Enough for the values and names of a payload of some 700 bytes and for the parser's own memory.
constexpr std::size_t kUsualPayloadBytes = 4096;

Error bad(std::string detail) {
    return {Errc::invalid_token, std::move(detail)};
}

bool read_string(const object& payload, std::string_view name, std::string& out) {
    const value* found = payload.if_contains(name);
    if (found == nullptr || !found->is_string()) {
        return false;
    }
    out.assign(found->get_string().data(), found->get_string().size());
    return true;
}

std::optional<std::int64_t> read_time(const object& payload, std::string_view name) {
    const value* found = payload.if_contains(name);
    if (found == nullptr || !found->is_int64() || found->get_int64() < 0 ||
        found->get_int64() > kTimeMaxS) {
        return std::nullopt;
    }
    return found->get_int64();
}

// aud is a string or an array of strings, never an empty one (RFC 7519 section 4.1.3).
bool read_audiences(const object& payload, std::vector<std::string>& out) {
    const value* aud = payload.if_contains("aud");
    if (aud == nullptr) {
        return true;
    }
    if (aud->is_string()) {
        out.emplace_back(aud->get_string().data(), aud->get_string().size());
        return true;
    }
    if (!aud->is_array() || aud->get_array().empty()) {
        return false;
    }
    for (const value& one : aud->get_array()) {
        if (!one.is_string()) {
            return false;
        }
        out.emplace_back(one.get_string().data(), one.get_string().size());
    }
    return true;
}

bool read_times(const object& payload, Payload& out) {
    const auto issued = read_time(payload, "iat");
    const auto expires = read_time(payload, "exp");
    if (!issued || !expires) {
        return false;
    }
    out.access.issued_at_s = *issued;
    out.access.expires_at_s = *expires;
    if (payload.contains("nbf")) {
        out.not_before_s = read_time(payload, "nbf");
        return out.not_before_s.has_value();
    }
    return true;
}

bool is_time(std::int64_t seconds) {
    return seconds >= 0 && seconds <= kTimeMaxS;
}

}  // namespace

Result<std::string> write_claims(const AccessClaims& claims, std::string_view claims_namespace) {
    if (!is_time(claims.issued_at_s) || !is_time(claims.expires_at_s)) {
        return Error(Errc::internal, "a time of the claims is out of range");
    }
    if (claims.subject.empty()) {
        return Error(Errc::internal, "the claims have no subject");
    }
    JsonWriter json;
    json.begin_object();
    json.member("sub", claims.subject);
    json.member("name", claims.name);
    json.member("iss", claims.issuer);
    if (claims.audience) {
        json.member("aud", *claims.audience);
    }
    json.member("iat", claims.issued_at_s);
    json.member("exp", claims.expires_at_s);
    json.member("jti", claims.token_id);
    json.member("sid", claims.session_id);
    json.key(claims_namespace);
    if (auto hasura = write_hasura_claims(claims, json); !hasura) {
        return hasura.error();
    }
    return json.end_object().take();
}

Result<Payload> read_claims(std::string_view json, std::string_view claims_namespace) {
    JsonLimits limits;
    limits.members_max = kCustomClaimsMax + 16;
    limits.elements_max = kRolesMax;
    // Memory for the usual payload, so that its members need no allocation each. It has to outlive
    // `read`.
    std::array<unsigned char, kUsualPayloadBytes> room;  // NOLINT(*-member-init): not to be zeroed
    boost::json::monotonic_resource resource(room.data(), room.size());
    const auto read = read_json(json, limits, &resource);
    const auto* root = std::get_if<value>(&read);
    if (root == nullptr || !root->is_object()) {
        return bad("the payload is no strict JSON object");
    }
    const object& payload = root->get_object();
    Payload out;
    AccessClaims& access = out.access;
    if (!read_string(payload, "sub", access.subject) || access.subject.empty() ||
        !read_string(payload, "iss", access.issuer) ||
        !read_string(payload, "jti", access.token_id) ||
        !read_string(payload, "sid", access.session_id)) {
        return bad("sub, iss, jti or sid is missing or no string");
    }
    if (payload.contains("name") && !read_string(payload, "name", access.name)) {
        return bad("name is no string");
    }
    if (!read_times(payload, out)) {
        return bad("exp or iat is missing, or a time is no integer in range");
    }
    if (!read_audiences(payload, out.audiences)) {
        return bad("aud is neither a string nor an array of strings");
    }
    const value* hasura = payload.if_contains(claims_namespace);
    if (hasura == nullptr || !hasura->is_object()) {
        return bad("the claims for Hasura are missing");
    }
    if (const auto fault = read_hasura_claims(hasura->get_object(), access)) {
        return bad(std::string(*fault));
    }
    return out;
}

}  // namespace signet::tokens
