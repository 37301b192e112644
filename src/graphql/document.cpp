#include "graphql/document.hpp"

#include "base/json.hpp"

#include <algorithm>

namespace signet::graphql {

std::string to_string(const TypeRef& type) {  // NOLINT(misc-no-recursion): kBracketsMax deep
    switch (type.kind) {
        case TypeRef::Kind::list:
            return '[' + to_string(type.of.front()) + ']';
        case TypeRef::Kind::non_null:
            return to_string(type.of.front()) + '!';
        default:
            return type.name;
    }
}

std::string to_string(const Value& value) {  // NOLINT(misc-no-recursion): kBracketsMax deep
    std::string out;
    switch (value.kind) {
        case Value::Kind::variable:
            return '$' + value.text;
        case Value::Kind::string:
            return (value.block ? "block " : "") + json_quote(value.text);
        case Value::Kind::list:
            for (const Value& item : value.items) {
                out += (out.empty() ? "" : ", ") + to_string(item);
            }
            return '[' + out + ']';
        case Value::Kind::object:
            for (const Argument& field : value.fields) {
                out += (out.empty() ? "" : ", ") + field.name + ": " + to_string(field.value);
            }
            return '{' + out + '}';
        default:
            return value.text;
    }
}

bool same(const Value& a, const Value& b) {  // NOLINT(misc-no-recursion): kBracketsMax deep
    return a.kind == b.kind && a.block == b.block && a.text == b.text && same(a.fields, b.fields) &&
           std::ranges::equal(a.items, b.items,
                              [](const Value& x, const Value& y) { return same(x, y); });
}

// A name comes once only in what was validated.
bool same(const std::vector<Argument>& a, const std::vector<Argument>& b) {  // NOLINT
    return a.size() == b.size() && std::ranges::all_of(a, [&](const Argument& one) {
               const auto other = std::ranges::find(b, one.name, &Argument::name);
               return other != b.end() && same(one.value, other->value);
           });
}

LineColumn line_column(std::string_view text, Place place) {
    LineColumn out;
    for (std::size_t i = 0; i < std::min<std::size_t>(place, text.size()); ++i) {
        if (text[i] == '\n' || (text[i] == '\r' && !text.substr(i).starts_with("\r\n"))) {
            ++out.line;
            out.column = 1;
        } else if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) {
            ++out.column;
        }
    }
    return out;
}

}  // namespace signet::graphql
