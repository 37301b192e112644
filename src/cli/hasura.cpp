#include "cli/hasura.hpp"

#include "base/ascii.hpp"
#include "base/base64url.hpp"
#include "base/url.hpp"
#include "cli/output.hpp"
#include "config/hasura_secret.hpp"
#include "config/value.hpp"
#include "tokens/claims_json.hpp"

#include <signet/domain/claims.hpp>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <istream>
#include <optional>
#include <ostream>
#include <string_view>
#include <utility>

namespace json = boost::json;

namespace signet::cli {

int hasura_secret(const config::Config& config, const std::optional<std::string>& jwk_url,
                  const CommandIo& io) {
    if (jwk_url && !config::is_http_url(*jwk_url)) {
        io.err << "signet: --jwk-url: expected an http or https URL\n";
        return kExitWrongUsage;
    }
    const std::string url = jwk_url.value_or(url_below(config::service_url(config), "/jwks"));
    io.out << config::hasura_secret(config, url) << '\n';
    if (is_local_url(url)) {
        io.err << "signet: a Hasura in a container or on another machine cannot reach " << url
               << "; set --jwk-url\n";
    }
    return kExitOk;
}

namespace {

using Objections = std::vector<std::string>;

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
        out.emplace_back("alg is not one that a key of Signet can verify.");
    }
    if (header.contains("crit")) {
        out.emplace_back("The header has crit, which Hasura never accepts.");
    }
    for (const char* name : {"typ", "kid"}) {
        const json::value* const value = header.if_contains(name);
        if (value != nullptr && !value->is_string()) {
            out.push_back(std::string(name) + " in the header is not a string.");
        }
    }
}

// Returns a time claim, or nothing if it is absent, null or not a number, which is an objection.
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
        return;  // Hasura accepts a token without an audience, whatever is configured
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

void check_names(const json::object& claims, const TokenPolicy& tokens, Objections& out) {
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
        iss->get_string() != std::string_view(tokens.issuer)) {
        out.emplace_back("iss is not AUTH_ISSUER, byte for byte.");
    }
    check_audience(claims, tokens.audience, out);
}

void check_roles(const json::object& session, Objections& out) {
    const json::value* allowed = nullptr;
    const json::value* fallback = nullptr;
    for (const auto& [name, value] : session) {
        const std::string folded = to_lower(name);
        if (folded == kAllowedRolesClaim) {
            allowed = &value;
        } else if (folded == kDefaultRoleClaim) {
            fallback = &value;
        } else if (folded.starts_with(kHasuraPrefix) && !value.is_string()) {
            out.push_back(folded + " is not a string.");
        }
    }
    const bool allowed_fits = allowed != nullptr && allowed->is_array() &&
                              std::ranges::all_of(allowed->get_array(), is_nonempty_string);
    if (!allowed_fits) {
        out.push_back(std::string(kAllowedRolesClaim) +
                      " is not an array of strings that are not empty.");
    }
    if (fallback == nullptr || !is_nonempty_string(*fallback)) {
        out.push_back(std::string(kDefaultRoleClaim) + " is not a string that is not empty.");
    } else if (allowed_fits &&
               std::ranges::find(allowed->get_array(), *fallback) == allowed->get_array().end()) {
        out.push_back(std::string(kDefaultRoleClaim) + " is not one of " +
                      std::string(kAllowedRolesClaim) +
                      ": requests without X-Hasura-Role are refused.");
    }
}

}  // namespace

std::vector<std::string> hasura_objections(const json::object& header, const json::object& claims,
                                           const config::Config& config, std::int64_t now_s) {
    Objections out;
    check_header(header, out);
    check_times(claims, now_s, out);
    check_names(claims, config.tokens, out);
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

namespace {

// Reads a token, and drops the blanks around it and a `Bearer` before it. Returns an empty text if
// the input is longer than kInspectedBytesMax.
std::string read_token(std::istream& in) {
    std::string text(kInspectedBytesMax + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > kInspectedBytesMax) {
        return {};
    }
    constexpr std::string_view kBlanks = " \t\r\n";
    const auto trim = [&text, kBlanks] {
        text.erase(text.find_last_not_of(kBlanks) + 1);
        text.erase(0, text.find_first_not_of(kBlanks));
    };
    trim();
    constexpr std::string_view kScheme = "Bearer ";
    if (text.starts_with(kScheme)) {
        text.erase(0, kScheme.size());
        trim();
    }
    return text;
}

std::optional<std::array<std::string_view, 3>> split(std::string_view token) {
    const std::size_t first = token.find('.');
    const std::size_t last = token.rfind('.');
    if (first == std::string_view::npos || first == last || token.find('.', first + 1) != last) {
        return std::nullopt;
    }
    return std::array{token.substr(0, first), token.substr(first + 1, last - first - 1),
                      token.substr(last + 1)};
}

// Returns the JSON object in a part of the token, or nothing if there is none.
std::optional<json::object> read_part(std::string_view part) {
    const auto text = base64url_decode(part);
    if (!text) {
        return std::nullopt;
    }
    const JsonLimits limits{
        .depth_max = 32, .members_max = 1024, .elements_max = 8192, .floats = true};
    auto read = read_json(*text, limits);
    auto* const value = std::get_if<json::value>(&read);
    return value != nullptr && value->is_object() ? std::optional(value->get_object())
                                                  : std::nullopt;
}

enum class Signature : std::uint8_t { good, bad, unchecked };

// Tries every key of the set, whatever `kid` says, as Hasura does, and prints the outcome.
Signature check_signature(const std::array<std::string_view, 3>& parts, const json::object& header,
                          const keys::KeyLoad& keys, std::ostream& out) {
    const json::value* const alg = header.if_contains("alg");
    if (!keys.keys) {
        out << "signature: not checked, "
            << (keys.errors.empty() ? "there are no keys here\n"
                                    : "the keys here cannot be used; see `signet keys list`\n");
        return Signature::unchecked;
    }
    if (alg == nullptr || !alg->is_string() || !tokens::is_known_alg(alg->get_string())) {
        out << "signature: not checked, alg is none that keys here are made for\n";
        return Signature::unchecked;
    }
    const std::string input = std::string(parts[0]) + '.' + std::string(parts[1]);
    const auto signature = base64url_decode(parts[2]);
    for (const tokens::Key& key : keys.keys->keys()) {
        if (signature && key.alg == std::string_view(alg->get_string()) &&
            key.key.verify(input, *signature)) {
            out << "signature: good, made by key " << shown(key.kid) << '\n';
            return Signature::good;
        }
    }
    out << "signature: BAD, none of the keys here made it\n";
    return Signature::bad;
}

}  // namespace

int token_inspect(const config::Config& config, const keys::KeyLoad& keys, std::int64_t now_s,
                  const CommandIo& io) {
    const std::string token = read_token(io.in);
    const auto parts = split(token);
    if (!parts) {
        return fail(io,
                    "This is not a token: expected three parts with dots between, 64 KiB at most.");
    }
    const auto header = read_part((*parts)[0]);
    const auto claims = read_part((*parts)[1]);
    if (!header || !claims) {
        return fail(io, std::string("The ") + (header ? "second" : "first") +
                            " part is not the base64url form of one JSON object.");
    }
    io.out << "header: ";
    print_json_tree(io.out, *header);
    io.out << "claims: ";
    print_json_tree(io.out, *claims);
    const Signature signature = check_signature(*parts, *header, keys, io.out);
    const auto objections = hasura_objections(*header, *claims, config, now_s);
    if (objections.empty() && signature != Signature::bad) {
        io.out << "Hasura: would take it"
               << (signature == Signature::good ? "\n" : ", if the signature is good\n");
        return kExitOk;
    }
    io.out << "Hasura: would refuse it\n";
    if (signature == Signature::bad) {
        io.out << "  No published key made the signature.\n";
    }
    for (const std::string& objection : objections) {
        io.out << "  " << shown(objection) << '\n';
    }
    return kExitFailed;
}

}  // namespace signet::cli
