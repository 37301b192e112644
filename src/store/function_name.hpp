#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace signet::store {

// Quotes the name of a function that is written as in SQL, with or without its schema. It is read
// by the rules of PostgreSQL (PostgreSQL 17 manual, section 4.1.1), so an unquoted part is
// converted to lower case. Returns nothing if it is not such a name: each part is an identifier of
// 1 to 63 bytes, UTF-8 without control characters.
std::optional<std::string> quote_function_name(std::string_view name);

// These return an identifier in double quotes, and a text as a string literal.
std::string quote_identifier(std::string_view identifier);
std::string quote_literal(std::string_view text);

// Returns the quoted name of the claims function for statements, with its schema, which is `schema`
// if the name has none. If `name` is empty or not a name, it is the name of the function that
// returns no claims.
std::string claims_call(std::string_view name, std::string_view schema);

}  // namespace signet::store
