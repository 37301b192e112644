#pragma once

#include "base/json_tree.hpp"
#include "graphql/schema.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <variant>

namespace signet::graphql {

struct Query {
    std::string_view text;
    std::string_view operation_name = {};  // empty: the document has one operation
    const JsonNode* variables = nullptr;   // an object; null: none
};

// A field of a root type that is to be answered.
struct RootCall {
    std::string_view name;  // as the schema has it
    JsonNode arguments;     // an object of those that were given or have a default
};

// Why a root field has no answer: what an error of GraphQL says beside where it happened.
struct RootError {
    std::string message;
    JsonNode extensions;  // an object
};

// Answers a root field with the members of its type, or the value of a scalar. The arguments are
// coerced, so that they have the types of the schema.
using Resolver = std::function<std::variant<JsonNode, RootError>(RootCall&)>;

// What bounds the answer: fields and fragments that are looked at, of all objects.
inline constexpr std::size_t kExecutionStepsMax = 50'000;

// Parses, validates and executes a query (sections 5 to 7), and returns the JSON text of the
// answer:
// `{"data":…}`, or `{"errors":[…],"data":…}` where `data` is null if nothing of it could be found
// out. Root fields are answered one after the other; the ones behind one that failed are left out,
// since none may be null. Introspection never calls the resolver.
std::string execute(const Schema& schema, const Query& query, const Resolver& resolver);

}  // namespace signet::graphql
