#pragma once

#include "base/secret.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// The query language of the GraphQL specification (October 2021), section 2, as a tree. Literals
// may be passwords, so their texts wipe themselves.
namespace signet::graphql {

// Where something begins: its byte in the text of the document.
using Place = std::uint32_t;

struct Argument;

// A literal, or a variable.
struct Value {
    enum class Kind : std::uint8_t {
        variable,
        integer,
        floating,
        string,
        boolean,
        null,
        enumeration,
        list,
        object
    };

    Kind kind = Kind::null;
    bool block = false;             // of a string: written as """…"""
    WipedText text = {};            // a name, a number as it was spelt, a string unescaped
    std::vector<Value> items = {};  // of a list
    std::vector<Argument> fields;   // of an object
    Place place = 0;
};

struct Argument {
    std::string name = {};
    Value value = {};
    Place place = 0;
};

// A type as it is referred to: `[String!]!`.
struct TypeRef {
    enum class Kind : std::uint8_t { named, list, non_null };

    Kind kind = Kind::named;
    std::string name = {};         // of a named type
    std::vector<TypeRef> of = {};  // one type, of the other kinds

    const TypeRef& nullable() const { return kind == Kind::non_null ? of.front() : *this; }
    const std::string& named() const { return kind == Kind::named ? name : of.front().named(); }
};
std::string to_string(const TypeRef& type);

struct Directive {
    std::string name = {};
    std::vector<Argument> arguments = {};
    Place place = 0;
};

// A field, `...Name`, or `... on Type { }`.
struct Selection {
    enum class Kind : std::uint8_t { field, spread, inline_fragment };

    Kind kind = Kind::field;
    std::string name = {};   // of a field or a fragment
    std::string alias = {};  // empty: none
    std::optional<std::string> condition = {};
    std::vector<Argument> arguments = {};
    std::vector<Directive> directives = {};
    std::vector<Selection> selections = {};
    Place place = 0;

    const std::string& response_key() const { return alias.empty() ? name : alias; }
};

struct VariableDefinition {
    std::string name = {};
    TypeRef type = {};
    std::optional<Value> default_value = {};
    std::vector<Directive> directives = {};
    Place place = 0;
};

struct Operation {
    enum class Kind : std::uint8_t { query, mutation, subscription };

    Kind kind = Kind::query;
    std::string name = {};  // empty: none
    std::vector<VariableDefinition> variables = {};
    std::vector<Directive> directives = {};
    std::vector<Selection> selections = {};
    Place place = 0;
};

struct Fragment {
    std::string name = {};
    std::string condition = {};
    std::vector<Directive> directives = {};
    std::vector<Selection> selections = {};
    Place place = 0;
};

struct Document {
    std::vector<Operation> operations = {};
    std::vector<Fragment> fragments = {};
    std::vector<Place> type_definitions = {};  // what defines types is known, and not looked into
};

// What is wrong with a request. Codes are kebab-case and stable.
struct Fault {
    std::string message = {};
    std::string_view code = "graphql-validation-failed";
    std::optional<Place> place = {};
};

// What bounds the work of parsing. Introspection takes 350 tokens at most.
inline constexpr std::size_t kQueryBytesMax = std::size_t{16} * 1024;
inline constexpr std::size_t kTokensMax = 2000;
// Of brackets of all kinds within each other, which bounds the stack.
inline constexpr std::size_t kBracketsMax = 64;

// Returns the tree, or why there is none. `text` is UTF-8. Thread-safe.
std::variant<Document, Fault> parse(std::string_view text);

// A line and a column, from 1.
struct LineColumn {
    std::size_t line = 1;
    std::size_t column = 1;
};
LineColumn line_column(std::string_view text, Place place);

// Returns the literal as it would be written in a document. It is not for secrets.
std::string to_string(const Value& value);

// Whether both would be written the same, whatever the order of members and arguments.
bool same(const Value& a, const Value& b);
bool same(const std::vector<Argument>& a, const std::vector<Argument>& b);

}  // namespace signet::graphql
