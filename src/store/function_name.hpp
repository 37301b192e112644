#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace signet::store {

// The name of a function as one writes it in SQL, with its schema or without, read by PostgreSQL's
// rules (PostgreSQL 17 manual, section 4.1.1) and quoted: an unquoted part is put into lower case.
// Nothing when it is no such name: each part is an identifier of 1 to 63 bytes, UTF-8 without
// control characters.
std::optional<std::string> quote_function_name(std::string_view name);

// An identifier in double quotes, and a text as a literal.
std::string quote_identifier(std::string_view identifier);
std::string quote_literal(std::string_view text);

// What stands in a statement for the call: the quoted name with its schema, which is `schema` where
// it has none; or that of the function that gives no claims where `name` is empty or none.
std::string claims_call(std::string_view name, std::string_view schema);

}  // namespace signet::store
