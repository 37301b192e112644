#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "service/array_literal.hpp"
#include "service/json_tree.hpp"

#include <signet/service/custom_claims.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace signet {
namespace {

using From = CustomClaim::From;
using Kind = JsonNode::Kind;

constexpr std::string_view kPrefix = "x-hasura-";
constexpr std::size_t kShownBytesMax = 64;  // of a name in the log

// The first four are Signet's own; the last two are Hasura's keys to
// everything.
constexpr std::array<std::string_view, 6> kReserved{
    "x-hasura-role",         "x-hasura-user-id",      "x-hasura-allowed-roles",
    "x-hasura-default-role", "x-hasura-admin-secret", "x-hasura-access-key",
};

Error failed(std::string detail) {
    return {Errc::claims_failed, "the claims function: " + std::move(detail)};
}

// What may stand in the name of a header (RFC 9110 section 5.6.2).
bool is_token_character(char c) {
    return is_alphanumeric(c) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::optional<std::string> find_fault(std::string_view name) {
    const std::string shown = to_printable(name, kShownBytesMax);
    if (!name.starts_with(kPrefix) || name.size() == kPrefix.size()) {
        return "its member \"" + shown + "\" is not named x-hasura-...";
    }
    if (name.size() > kClaimNameBytesMax || !std::ranges::all_of(name, is_token_character)) {
        return "the name of its member \"" + shown + "\" is too long or cannot be a header's";
    }
    if (is_reserved_claim(name)) {
        return "it must not give " + shown + ", which Signet and Hasura fill themselves";
    }
    return std::nullopt;
}

CustomClaim convert(std::string name, const JsonNode& node) {
    switch (node.kind) {
        case Kind::string:
            return {std::move(name), From::text, node.text};
        case Kind::number:
            return {std::move(name), From::number, node.text};
        case Kind::boolean:
            return {std::move(name), From::boolean, node.text};
        case Kind::array:
            return {std::move(name), From::array, array_literal(node)};
        case Kind::object:
            return {std::move(name), From::object, write_json(node)};
        case Kind::null:
            break;
    }
    return {std::move(name), From::null, std::nullopt};
}

}  // namespace

bool is_reserved_claim(std::string_view name) {
    return std::ranges::find(kReserved, name) != kReserved.end();
}

Result<std::vector<CustomClaim>> read_custom_claims(const std::optional<std::string>& json) {
    if (!json) {
        return failed("it answered NULL; an object is expected, if need be an empty one");
    }
    if (json->size() > kClaimsJsonBytesMax) {
        return failed("its answer has more than " + std::to_string(kClaimsJsonBytesMax) + " bytes");
    }
    const std::optional<JsonNode> root = read_json_tree(*json, kClaimsDepthMax);
    if (!root) {
        return failed("its answer cannot be read, or is nested too deep");
    }
    if (root->kind != Kind::object) {
        return failed("its answer is no JSON object");
    }
    if (root->items.size() > kClaimsCountMax) {
        return failed("its answer has more than " + std::to_string(kClaimsCountMax) + " members");
    }
    std::vector<CustomClaim> claims;
    claims.reserve(root->items.size());
    for (std::size_t i = 0; i < root->items.size(); ++i) {
        std::string name = to_lower(root->keys[i]);
        if (auto fault = find_fault(name)) {
            return failed(*std::move(fault));
        }
        if (std::ranges::find(claims, name, &CustomClaim::name) != claims.end()) {
            return failed("it gives " + to_printable(name, kShownBytesMax) + " twice");
        }
        claims.push_back(convert(std::move(name), root->items[i]));
    }
    return claims;
}

std::map<std::string, std::string> to_map(const std::vector<CustomClaim>& claims) {
    std::map<std::string, std::string> out;
    for (const CustomClaim& claim : claims) {
        if (claim.value) {
            out.emplace(claim.name, *claim.value);
        }
    }
    return out;
}

}  // namespace signet
