#pragma once

#include "service/json_tree.hpp"

#include <string>

namespace signet {

// The array as a literal that PostgreSQL reads back (PostgreSQL 17 manual, section 8.15.2). Arrays
// within are further dimensions where all have the same size and none is empty, up to
// kArrayDimensionsMax; else they stand in it as JSON text, like objects.
std::string array_literal(const JsonNode& array);

}  // namespace signet
