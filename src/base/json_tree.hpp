#pragma once

#include "base/secret.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet {

// JSON that keeps what a value tree of numbers would lose: the spelling of numbers and the order of
// members. Its texts wipe themselves, since bodies hold passwords; its keys do not.
struct JsonNode {
    enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

    Kind kind = Kind::null;
    WipedText text = {};  // a string unescaped; a number as it was spelt; true or false
    std::vector<std::string> keys = {};  // of an object, one for each item
    std::vector<JsonNode> items = {};    // elements of an array, or values of an object
};

// The tree, or nothing: no valid JSON (RFC 8259, UTF-8 only), a NUL in a string, a member that
// comes twice, or nested deeper than `depth_max`. The work is bounded by the size of `text`.
std::optional<JsonNode> read_json_tree(std::string_view text, std::size_t depth_max);

// Compact JSON text.
std::string write_json(const JsonNode& node);

// The same for a tree that holds a secret: the text does not grow while it is written, which would
// leave pieces of it behind. The caller wipes it.
std::string write_secret_json(const JsonNode& node);

}  // namespace signet
