#pragma once

#include "graphql/document.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::graphql {

// The type system, as far as this service needs it: it has no interfaces, unions, input objects and
// subscriptions, and nothing in it is deprecated.

struct InputValue {
    std::string name;
    std::string description;
    TypeRef type;
    std::optional<Value> default_value = {};

    bool required() const { return type.kind == TypeRef::Kind::non_null && !default_value; }
};

struct Field {
    std::string name;
    std::string description;
    TypeRef type;
    std::vector<InputValue> arguments = {};
};

struct Type {
    enum class Kind : std::uint8_t { scalar, object, enumeration };

    Kind kind = Kind::scalar;
    std::string name;
    std::string description;
    std::vector<Field> fields = {};        // of an object
    std::vector<std::string> values = {};  // of an enumeration

    bool is_object() const { return kind == Kind::object; }
    const Field* find(std::string_view field) const;
};

struct DirectiveDefinition {
    std::string name;
    std::string description;
    std::vector<std::string> locations;
    std::vector<InputValue> arguments;
};

struct Schema {
    std::string description;
    std::string query;  // the names of the root types
    std::string mutation;
    std::vector<Type> types;  // with those of introspection
    std::vector<DirectiveDefinition> directives;

    const Type* find(std::string_view type) const;
    const DirectiveDefinition* find_directive(std::string_view directive) const;
    // Returns the root type of an operation; null for a subscription.
    const Type* root(Operation::Kind kind) const;
    // Returns a field of the type, __typename included, and those of introspection at the root of
    // queries; null if there is none.
    const Field* field_of(const Type& type, std::string_view name) const;
};

// What names begin with.
struct Prefixes {
    std::string types = "Auth";
    std::string roots = {};  // of the fields of the roots: signup, login, …
};

// Returns whether something that begins with `prefix` can be a name of a schema: names that begin
// with two underscores belong to introspection.
bool is_prefix(std::string_view prefix);

// The schema of the service.
Schema make_schema(const Prefixes& prefixes);

// Returns the schema in the schema definition language, without what every schema has. Hasura takes
// it in permissions of a remote schema, and code generators take it.
std::string to_sdl(const Schema& schema);

}  // namespace signet::graphql
