#include "cli/hasura_rules.hpp"

#include "config/value.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace signet::cli {
namespace {

namespace json = boost::json;
using Objections = std::vector<std::string>;

constexpr std::string_view kAllowedRoles = "x-hasura-allowed-roles";
constexpr std::string_view kDefaultRole = "x-hasura-default-role";

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

bool is_nonempty_string(const json::value& value) {
    return value.is_string() && !value.get_string().empty();
}

bool holds_string_or_uri(const json::value& value) {
    return value.is_string() && config::is_string_or_uri(value.get_string());
}

void check_header(const json::object& header, Objections& out) {
    constexpr std::array<std::string_view, 8> kAlgs{"RS256", "RS384", "RS512", "PS256",
                                                    "PS384", "PS512", "ES256", "EdDSA"};
    const json::value* const alg = header.if_contains("alg");
    if (alg == nullptr || !alg->is_string()) {
        out.emplace_back("The header has no alg.");
    } else if (std::ranges::find(kAlgs, std::string_view(alg->get_string())) == kAlgs.end()) {
        out.emplace_back("alg is none that a key of Signet's verifies.");
    }
    if (header.contains("crit")) {
        out.emplace_back("The header has crit, which Hasura never takes.");
    }
    for (const char* name : {"typ", "kid"}) {
        const json::value* const value = header.if_contains(name);
        if (value != nullptr && !value->is_string()) {
            out.push_back(std::string(name) + " in the header is not a string.");
        }
    }
}

// A time claim; nothing where it is absent, null or not a number, which is an objection.
std::optional<double> read_time(const json::object& claims, std::string_view name,
                                Objections& out) {
    const json::value* const value = claims.if_contains(name);
    if (value == nullptr || value->is_null()) {
        return std::nullopt;
    }
    if (!value->is_number()) {
        out.push_back(std::string(name) + " is not a number.");
        return std::nullopt;
    }
    return value->to_number<double>();
}

void check_times(const json::object& claims, std::int64_t now_s, Objections& out) {
    const auto now = static_cast<double>(now_s);
    const auto exp = read_time(claims, "exp", out);
    const auto nbf = read_time(claims, "nbf", out);
    const auto iat = read_time(claims, "iat", out);
    if (exp && now >= *exp) {
        out.emplace_back("The token has expired (exp).");
    }
    if (nbf && now < *nbf) {
        out.emplace_back("The token is not valid yet (nbf).");
    }
    if (iat && *iat > now) {
        out.emplace_back("The token was issued in the future (iat): the clocks differ.");
    }
}

void check_audience(const json::object& claims, const std::optional<std::string>& expected,
                    Objections& out) {
    const json::value* const aud = claims.if_contains("aud");
    if (aud == nullptr || aud->is_null()) {
        return;  // Hasura takes a token without one, whatever is configured (J10)
    }
    json::array all;
    if (aud->is_array()) {
        all = aud->get_array();
    } else {
        all.push_back(*aud);
    }
    if (!std::ranges::all_of(all, holds_string_or_uri)) {
        out.emplace_back(
            "aud is neither a text nor an array of texts; one with ':' is a full URI.");
    } else if (all.empty()) {
        out.emplace_back("aud is an empty array.");
    } else if (expected && std::ranges::none_of(all, [&](const json::value& value) {
                   return value.get_string() == std::string_view(*expected);
               })) {
        out.emplace_back("aud does not hold AUTH_AUDIENCE.");
    }
}

void check_names(const json::object& claims, const config::TokenConfig& config, Objections& out) {
    for (const char* name : {"iss", "sub"}) {
        const json::value* const value = claims.if_contains(name);
        if (value != nullptr && !value->is_null() && !holds_string_or_uri(*value)) {
            out.push_back(std::string(name) +
                          " is not a text that, with ':' in it, is a full URI.");
        }
    }
    const json::value* const jti = claims.if_contains("jti");
    if (jti != nullptr && !jti->is_null() && !jti->is_string()) {
        out.emplace_back("jti is not a string.");
    }
    const json::value* const iss = claims.if_contains("iss");
    if (iss != nullptr && iss->is_string() &&
        iss->get_string() != std::string_view(config.issuer)) {
        out.emplace_back("iss is not AUTH_ISSUER, byte for byte.");
    }
    check_audience(claims, config.audience, out);
}

void check_roles(const json::object& session, Objections& out) {
    const json::value* allowed = nullptr;
    const json::value* fallback = nullptr;
    for (const auto& [name, value] : session) {
        const std::string folded = lower(name);
        if (folded == kAllowedRoles) {
            allowed = &value;
        } else if (folded == kDefaultRole) {
            fallback = &value;
        } else if (folded.starts_with("x-hasura-") && !value.is_string()) {
            out.push_back(folded + " is not a string.");
        }
    }
    const bool allowed_fits = allowed != nullptr && allowed->is_array() &&
                              std::ranges::all_of(allowed->get_array(), is_nonempty_string);
    if (!allowed_fits) {
        out.push_back(std::string(kAllowedRoles) +
                      " is not an array of strings that are not empty.");
    }
    if (fallback == nullptr || !is_nonempty_string(*fallback)) {
        out.push_back(std::string(kDefaultRole) + " is not a string that is not empty.");
    } else if (allowed_fits &&
               std::ranges::find(allowed->get_array(), *fallback) == allowed->get_array().end()) {
        out.push_back(std::string(kDefaultRole) + " is not one of " + std::string(kAllowedRoles) +
                      ": requests without X-Hasura-Role are refused.");
    }
}

}  // namespace

std::vector<std::string> hasura_objections(const json::object& header, const json::object& claims,
                                           const config::TokenConfig& config, std::int64_t now_s) {
    Objections out;
    check_header(header, out);
    check_times(claims, now_s, out);
    check_names(claims, config, out);
    const json::value* const session = claims.if_contains(config.claims_namespace);
    if (session == nullptr) {
        out.push_back("The claim " + config.claims_namespace + " is missing.");
    } else if (!session->is_object()) {
        out.push_back("The claim " + config.claims_namespace + " is not an object.");
    } else {
        check_roles(session->get_object(), out);
    }
    return out;
}

}  // namespace signet::cli
