#include "base/yaml.hpp"

#include "base/ascii.hpp"
#include "base/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <yaml-cpp/yaml.h>

namespace json = boost::json;

namespace signet {
namespace {

template <class Number, class... Base>
std::optional<Number> read_whole(std::string_view text, Base... base) {
    Number out{};
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out, base...);
    return fault == std::errc() && end == text.data() + text.size() ? std::optional(out)
                                                                    : std::nullopt;
}

// Takes the prefix of the digits off, and returns their base. A zero in front means base 8.
int take_base(std::string_view& digits) {
    constexpr std::array<std::pair<std::string_view, int>, 3> kPrefixes{
        {{"0x", 16}, {"0o", 8}, {"0b", 2}}};
    for (const auto& [prefix, base] : kPrefixes) {
        if (digits.size() > 2 && to_lower(digits.substr(0, 2)) == prefix) {
            digits.remove_prefix(2);
            return base;
        }
    }
    return digits.size() > 1 && digits.front() == '0' ? 8 : 10;
}

// Returns the number that a plain scalar is, in every spelling that Hasura's command line takes:
// with a sign or underscores, and in the bases of Go (https://pkg.go.dev/gopkg.in/yaml.v3).
std::optional<json::value> to_number(const std::string& text) {
    if (text.find_first_of("0123456789") == std::string::npos ||
        std::string_view("+-.0123456789").find(text.front()) == std::string_view::npos) {
        return std::nullopt;
    }
    std::string plain = text;
    std::erase(plain, '_');
    const bool negative = plain.front() == '-';
    std::string_view digits = plain;
    digits.remove_prefix(negative || plain.front() == '+' ? 1 : 0);
    const std::string_view decimal = digits;
    const int base = take_base(digits);
    const bool sign = digits.starts_with('-');  // a second one, which from_chars() would take
    if (const auto whole = sign ? std::nullopt : read_whole<std::uint64_t>(digits, base)) {
        constexpr std::uint64_t kLargest = INT64_MAX;
        if (!negative) {
            return *whole <= kLargest ? json::value(static_cast<std::int64_t>(*whole))
                                      : json::value(*whole);
        }
        if (*whole <= kLargest) {
            return json::value(-static_cast<std::int64_t>(*whole));
        }
        if (*whole == kLargest + 1) {
            return json::value(INT64_MIN);
        }
    }
    if (decimal.find_first_not_of(".0123456789eE+-") != std::string_view::npos ||
        decimal.find_first_of("+-") == 0) {
        return std::nullopt;
    }
    const auto number = read_whole<double>(decimal);
    return number ? std::optional(json::value(negative ? -*number : *number)) : std::nullopt;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, text) != words.end();
}

json::value to_scalar(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    const std::string& tag = node.Tag();
    if (tag.size() > 1 && tag.front() == '!') {
        return json::string(tag + ' ' + text);
    }
    if (tag == "tag:yaml.org,2002:int" || tag == "tag:yaml.org,2002:float") {
        return to_number(text).value_or(json::value(text));
    }
    if (tag != "?") {  // quoted
        return json::string(text);
    }
    if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) {
        return nullptr;
    }
    if (is_one_of(text, {"true", "True", "TRUE"})) {
        return true;
    }
    if (is_one_of(text, {"false", "False", "FALSE"})) {
        return false;
    }
    return to_number(text).value_or(json::value(text));
}

class Converter {
public:
    json::value convert(const YAML::Node& node, std::size_t depth) {
        bytes_ += node.IsScalar() ? node.Scalar().size() : 0;
        if (++nodes_ > kYamlNodesMax || depth > kYamlDepthMax || bytes_ > kYamlTextsBytesMax) {
            throw std::length_error("it is larger, or nested deeper, than what is read");
        }
        if (node.IsScalar()) {
            return to_scalar(node);
        }
        if (node.IsSequence()) {
            json::array out;
            for (const auto& item : node) {
                out.push_back(convert(item, depth + 1));
            }
            return out;
        }
        if (!node.IsMap()) {
            return nullptr;
        }
        json::object out;
        for (const auto& member : node) {
            if (!member.first.IsScalar()) {
                throw std::invalid_argument("it has a key that is no text");
            }
            if (!is_merge(member.first) &&
                !out.emplace(member.first.Scalar(), convert(member.second, depth + 1)).second) {
                throw std::invalid_argument("it has the key " + member.first.Scalar() + " twice");
            }
        }
        // What the map itself has counts, and then what is merged first.
        for (const auto& member : node) {
            if (is_merge(member.first)) {
                merge(out, convert(member.second, depth + 1));
            }
        }
        return out;
    }

private:
    static bool is_merge(const YAML::Node& key) { return key.Scalar() == "<<" && key.Tag() == "?"; }

    static void merge(json::object& out, const json::value& from) {
        if (const auto* const members = from.if_object()) {
            out.insert(members->begin(), members->end());  // leaves what is there
        } else if (const auto* const maps = from.if_array()) {
            for (const json::value& map : *maps) {
                merge(out, map);
            }
        } else {
            throw std::invalid_argument("it merges (<<) what is no map");
        }
    }

    std::size_t nodes_ = 0;
    std::size_t bytes_ = 0;  // of scalars
};

// Whether the text can stand without quotes, for readers of YAML 1.1 too. This quotes some that
// could.
bool is_plain(std::string_view text) {
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    constexpr std::array<std::string_view, 9> kWords{"true", "false", "null", "yes", "no",
                                                     "on",   "off",   "y",    "n"};
    if (text.empty() || kLetters.find(text.front()) == std::string_view::npos) {
        return false;
    }
    const bool harmless = std::ranges::all_of(text, [kLetters](char c) {
        return kLetters.find(c) != std::string_view::npos || (c >= '0' && c <= '9') || c == '-' ||
               c == '.' || c == '/';
    });
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return harmless && std::ranges::find(kWords, lower) == kWords.end();
}

std::string scalar_text(std::string_view text) {
    return is_plain(text) ? std::string(text) : json_quote(text);
}

std::string scalar_text(const json::value& value) {
    if (value.is_double()) {  // not 1.5E0, as Boost.JSON writes it
        std::array<char, 32> digits{};
        const auto end =
            std::to_chars(digits.data(), digits.data() + digits.size(), value.get_double()).ptr;
        const std::string text(digits.data(), end);
        return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
    }
    return value.is_string() ? scalar_text(std::string_view(value.get_string()))
                             : json::serialize(value);
}

bool is_block(const json::value& value) {
    return (value.is_object() && !value.get_object().empty()) ||
           (value.is_array() && !value.get_array().empty());
}

// Writes the lines of a block. What stands before its first line is there already.
void write_block(std::string& out, const json::value& value, std::size_t indent) {
    const std::string margin(indent, ' ');
    bool first = true;
    const auto begin_line = [&] {
        out += first ? std::string() : margin;
        first = false;
    };
    if (const auto* const array = value.if_array()) {
        for (const json::value& item : *array) {
            begin_line();
            out += "- ";
            if (is_block(item)) {
                write_block(out, item, indent + 2);
            } else {
                out += scalar_text(item) + '\n';
            }
        }
        return;
    }
    for (const auto& [key, member] : value.get_object()) {
        begin_line();
        out += scalar_text(std::string_view(key)) + ':';
        if (is_block(member)) {
            out += '\n' + std::string(indent + 2, ' ');
            write_block(out, member, indent + 2);
        } else {
            out += ' ' + scalar_text(member) + '\n';
        }
    }
}

}  // namespace

std::variant<json::value, YamlFault> read_yaml(std::string_view text) {
    if (text.size() > kYamlBytesMax) {
        return YamlFault{"it is larger than what is read"};
    }
    try {
        const auto documents = YAML::LoadAll(std::string(text));
        if (documents.size() > 1) {
            return YamlFault{"it holds several documents, of which Hasura's reads the first"};
        }
        return documents.empty() ? json::value() : Converter().convert(documents.front(), 0);
    } catch (const YAML::Exception& error) {
        return YamlFault{"it is no YAML: line " + std::to_string(error.mark.line + 1) + ": " +
                         error.msg};
    } catch (const std::logic_error& error) {
        return YamlFault{error.what()};
    }
}

std::string write_yaml(const json::value& value) {
    std::string out;
    if (is_block(value)) {
        write_block(out, value, 0);
    } else {
        out = scalar_text(value) + '\n';
    }
    return out;
}

}  // namespace signet
