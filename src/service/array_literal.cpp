#include "service/array_literal.hpp"

#include <signet/service/custom_claims.hpp>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace signet {
namespace {

using Kind = JsonNode::Kind;
using Sizes = std::vector<std::size_t>;

// The sizes of the dimensions, outermost first, `levels` at most. Only the first is given where the
// elements are not arrays of one and the same shape. Looks at each node once.
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

}  // namespace

std::string array_literal(const JsonNode& array) {
    std::string out;
    append_level(out, array, sizes_of(array, kArrayDimensionsMax).size());
    return out;
}

}  // namespace signet
