#include "base/json_tree.hpp"

#include "base/json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace signet {
namespace {

namespace json = boost::json;
using boost::system::error_code;
using Chars = json::string_view;

// Builds the tree from the parser's events; the text comes in one piece.
class TreeHandler {
public:
    static constexpr std::size_t max_object_size = SIZE_MAX;
    static constexpr std::size_t max_array_size = SIZE_MAX;
    static constexpr std::size_t max_key_size = SIZE_MAX;
    static constexpr std::size_t max_string_size = SIZE_MAX;

    explicit TreeHandler(std::size_t bytes_max) { chars_.reserve(bytes_max); }

    JsonNode release() { return std::move(root_); }

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) { return open(JsonNode::Kind::object); }
    bool on_object_end(std::size_t, error_code& ec) {
        JsonNode node = std::move(open_.back());
        open_.pop_back();
        return keys_differ(node.keys, ec) && place(std::move(node));
    }
    bool on_array_begin(error_code&) { return open(JsonNode::Kind::array); }
    bool on_array_end(std::size_t, error_code&) {
        JsonNode node = std::move(open_.back());
        open_.pop_back();
        return place(std::move(node));
    }
    bool on_key_part(Chars part, std::size_t, error_code& ec) { return collect(part, ec); }
    bool on_key(Chars part, std::size_t, error_code& ec) {
        if (!collect(part, ec)) {
            return false;
        }
        open_.back().keys.push_back(take_chars());
        return true;
    }
    bool on_string_part(Chars part, std::size_t, error_code& ec) { return collect(part, ec); }
    bool on_string(Chars part, std::size_t, error_code& ec) {
        return collect(part, ec) && scalar(JsonNode::Kind::string, take_chars());
    }
    bool on_number_part(Chars part, error_code& ec) { return collect(part, ec); }
    bool on_int64(std::int64_t, Chars part, error_code& ec) { return number(part, ec); }
    bool on_uint64(std::uint64_t, Chars part, error_code& ec) { return number(part, ec); }
    bool on_double(double, Chars part, error_code& ec) { return number(part, ec); }
    bool on_bool(bool value, error_code&) {
        return scalar(JsonNode::Kind::boolean, value ? "true" : "false");
    }
    bool on_null(error_code&) { return scalar(JsonNode::Kind::null, {}); }
    bool on_comment_part(Chars, error_code&) { return true; }
    bool on_comment(Chars, error_code&) { return true; }

private:
    static bool refuse(error_code& ec) {
        ec = json::error::syntax;
        return false;
    }

    static bool keys_differ(std::vector<std::string> keys, error_code& ec) {
        std::ranges::sort(keys);
        return std::ranges::adjacent_find(keys) == keys.end() || refuse(ec);
    }

    bool collect(Chars part, error_code& ec) {
        if (part.find('\0') != Chars::npos) {
            return refuse(ec);
        }
        chars_.append(part.data(), part.size());
        return true;
    }

    bool number(Chars part, error_code& ec) {
        return collect(part, ec) && scalar(JsonNode::Kind::number, take_chars());
    }

    // Returns a copy of its own size. `chars_` keeps its memory, so that it never grows.
    WipedText take_chars() {
        WipedText out{std::string_view(chars_)};
        chars_.clear();
        return out;
    }

    bool scalar(JsonNode::Kind kind, WipedText text) {
        return place({kind, std::move(text), {}, {}});
    }

    bool open(JsonNode::Kind kind) {
        open_.push_back({kind, {}, {}, {}});
        return true;
    }

    bool place(JsonNode node) {
        if (open_.empty()) {
            root_ = std::move(node);
        } else {
            open_.back().items.push_back(std::move(node));
        }
        return true;
    }

    JsonNode root_;
    std::vector<JsonNode> open_;  // arrays and objects that have not ended, innermost last
    WipedText chars_;             // of the string, key or number that is being read
};

// Recursion is bounded by the depth that the tree was read with.
void write(JsonWriter& json, const JsonNode& node) {  // NOLINT(misc-no-recursion)
    switch (node.kind) {
        case JsonNode::Kind::null:
            json.raw("null");
            break;
        case JsonNode::Kind::boolean:
        case JsonNode::Kind::number:
            json.raw(node.text);
            break;
        case JsonNode::Kind::string:
            json.value(node.text);
            break;
        case JsonNode::Kind::array:
            json.begin_array();
            for (const JsonNode& item : node.items) {
                write(json, item);
            }
            json.end_array();
            break;
        case JsonNode::Kind::object:
            json.begin_object();
            for (std::size_t i = 0; i < node.items.size(); ++i) {
                json.key(node.keys[i]);
                write(json, node.items[i]);
            }
            json.end_object();
            break;
    }
}

// How long the JSON text of the tree is at most.
std::size_t bytes_max(const JsonNode& node) {  // NOLINT(misc-no-recursion)
    constexpr std::size_t kEscapeBytes = 6;    // \u0000
    constexpr std::size_t kPunctuation = 4;    // quotes or brackets, a colon and a comma
    std::size_t bytes = node.text.size() * kEscapeBytes + sizeof "false" + kPunctuation;
    for (const std::string& key : node.keys) {
        bytes += key.size() * kEscapeBytes + kPunctuation;
    }
    for (const JsonNode& item : node.items) {
        bytes += bytes_max(item);
    }
    return bytes;
}

}  // namespace

std::optional<JsonNode> read_json_tree(std::string_view text, std::size_t depth_max) {
    json::parse_options options;
    options.max_depth = depth_max;
    json::basic_parser<TreeHandler> parser(options, text.size());
    error_code ec;
    const std::size_t taken = parser.write_some(false, text.data(), text.size(), ec);
    if (ec || taken != text.size() || !parser.done()) {
        return std::nullopt;
    }
    return parser.handler().release();
}

std::string write_json(const JsonNode& node) {
    JsonWriter json;
    write(json, node);
    return json.take();
}

std::string write_secret_json(const JsonNode& node) {
    JsonWriter json(bytes_max(node));
    write(json, node);
    return json.take();
}

}  // namespace signet
