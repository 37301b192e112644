#include "store/claims.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"

#include <signet/domain/text.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace signet::store {
namespace {

using From = CustomClaim::From;
using Kind = JsonNode::Kind;
using Sizes = std::vector<std::size_t>;

// Returns the sizes of the dimensions, outermost first, and at most `levels` of them. Dimensions
// end where the elements are not all arrays of the same shape. Visits each node once.
Sizes sizes_of(const JsonNode& array,  // NOLINT(misc-no-recursion): `levels` deep
               std::size_t levels) {
    Sizes sizes{array.items.size()};
    const auto is_array = [](const JsonNode& item) { return item.kind == Kind::array; };
    if (levels == 1 || array.items.empty() || !std::ranges::all_of(array.items, is_array)) {
        return sizes;
    }
    Sizes inner = sizes_of(array.items.front(), levels - 1);
    for (std::size_t i = 1; i < array.items.size(); ++i) {
        const Sizes other = sizes_of(array.items[i], levels - 1);
        const auto end = std::ranges::mismatch(inner, other).in1;
        inner.erase(end, inner.end());
    }
    if (inner.empty() || inner.front() == 0) {
        return sizes;
    }
    sizes.insert(sizes.end(), inner.begin(), inner.end());
    return sizes;
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    out += '"';
}

void append_element(std::string& out, const JsonNode& node) {
    switch (node.kind) {
        case Kind::null:
            out += "NULL";
            break;
        case Kind::boolean:
        case Kind::number:
            out += node.text;
            break;
        case Kind::string:
            append_quoted(out, node.text);
            break;
        case Kind::array:
        case Kind::object:
            append_quoted(out, write_json(node));
            break;
    }
}

void append_level(std::string& out, const JsonNode& array,  // NOLINT(misc-no-recursion)
                  std::size_t levels) {
    out += '{';
    for (std::size_t i = 0; i < array.items.size(); ++i) {
        if (i > 0) {
            out += ',';
        }
        if (levels > 1) {
            append_level(out, array.items[i], levels - 1);
        } else {
            append_element(out, array.items[i]);
        }
    }
    out += '}';
}

constexpr std::string_view kCancelled = "57014";
constexpr std::string_view kOperatorIntervention = "57P";
constexpr std::size_t kShownBytesMax = 64;  // of a name in the log

Error failed(std::string detail) {
    return {Errc::claims_failed, "the claims function: " + std::move(detail)};
}

// Tells whether the name of a header may contain the character (RFC 9110 section 5.6.2).
bool is_token_character(char c) {
    return is_alphanumeric(c) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::optional<std::string> find_fault(std::string_view name) {
    const std::string shown = to_printable(name, kShownBytesMax);
    if (!name.starts_with(kHasuraPrefix) || name.size() == kHasuraPrefix.size()) {
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

std::string array_literal(const JsonNode& array) {
    std::string out;
    append_level(out, array, sizes_of(array, kArrayDimensionsMax).size());
    return out;
}

Result<CustomClaims> read_custom_claims(const std::optional<std::string>& json) {
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
    CustomClaims claims;
    claims.reserve(root->items.size());
    for (std::size_t i = 0; i < root->items.size(); ++i) {
        std::string name = to_lower(root->keys[i]);
        if (auto fault = find_fault(name)) {
            return failed(*std::move(fault));
        }
        if (std::ranges::find(claims, name, &CustomClaim::name) != claims.end()) {
            return failed("it gives " + to_printable(name, kShownBytesMax) + " twice");
        }
        CustomClaim claim = convert(std::move(name), root->items[i]);
        // Hasura passes its session variables on as headers, where a line break begins another one.
        if (claim.value && has_control_character(*claim.value)) {
            return failed("the value of its member \"" + to_printable(claim.name, kShownBytesMax) +
                          "\" has a control character, such as a line break, which no header may "
                          "have; let the function take it out");
        }
        claims.push_back(std::move(claim));
    }
    return claims;
}

Error ClaimsCall::explain(Error error, std::string_view sqlstate) const {
    // Every error of PostgreSQL about the statement counts, except that it is shutting down.
    if (!configured_ || sqlstate.empty() || sqlstate.starts_with(kOperatorIntervention)) {
        return error;
    }
    const std::string what = sqlstate == kCancelled
                                 ? "the claims function took longer than AUTH_CLAIMS_TIMEOUT ("
                                 : "the claims function failed (";
    return {Errc::claims_failed, what + error.log_detail + ')'};
}

}  // namespace signet::store
