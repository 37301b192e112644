#pragma once

#include <signet/ports/user_import.hpp>

#include <cstddef>
#include <cstdint>
#include <istream>
#include <memory>
#include <string>
#include <string_view>

namespace signet::cli {

// A row that is longer counts as one that cannot be read, and is passed over.
inline constexpr std::size_t kImportRowBytesMax = 256UL * 1024;
inline constexpr char kCsvRoleSeparator = ';';

// The names of the columns of a CSV file, and of the members of an NDJSON line.
inline constexpr std::string_view kUserColumns =
    "id, username, email, email_verified, password_hash, active, disabled, default_role, roles, "
    "metadata, created_at";

// Reads users from CSV (RFC 4180) whose first row names the columns. Roles are separated by
// semicolons. The first error is invalid_input where the first row names a column that is none of
// kUserColumns, or one twice. `in` has to outlive it.
std::unique_ptr<UserSource> read_csv(std::istream& in);
// Reads users from lines of JSON objects. Empty lines are passed over.
std::unique_ptr<UserSource> read_ndjson(std::istream& in);

}  // namespace signet::cli
