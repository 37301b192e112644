#pragma once

#include "graphql/document.hpp"
#include "graphql/schema.hpp"

#include <cstddef>
#include <vector>

namespace signet::graphql {

// What bounds the work that a valid document makes.
inline constexpr std::size_t kDepthMax = 16;  // fields within fields, fragments followed
inline constexpr std::size_t kAliasesMax = 10;
inline constexpr std::size_t kRootFieldsMax = 5;
inline constexpr std::size_t kFaultsMax = 20;  // that are told

// Returns what makes the document invalid by section 5 of the specification, and by the limits
// above; nothing if it may be executed. The verdict is that of graphql-js, whose introspection is
// limited in depth as well. Thread-safe.
std::vector<Fault> validate(const Schema& schema, const Document& document);

}  // namespace signet::graphql
