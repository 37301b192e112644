#pragma once

#include "store/conninfo.hpp"
#include "store/sql_text.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace signet::store {

// One text twice, filled in otherwise: all objects of others, and those that take part in a write.
inline constexpr sql::Query kForeignObjects{"foreign_objects", sql::foreign_objects};
inline constexpr sql::Query kForeignCode{"foreign_code", sql::foreign_objects};

// `text` with every marker replaced by its value. Where two markers begin alike, the longer one has
// to stand first. What was put in is not looked at again. Values have to be SQL by themselves:
// numbers, names and literals that were quoted.
std::string fill(std::string_view text,
                 std::initializer_list<std::pair<std::string_view, std::string_view>> values);

// Whether a query calls AUTH_CLAIMS_FUNCTION.
bool calls_claims_function(std::string_view query);

// The names that the SQL of this process leaves open: the schema of the three tables, the claims
// function, and who is trusted.
class SqlNames {
public:
    explicit SqlNames(const ConnectionOptions& options);

    // `text` of sql/, with every name in its place. `everything` is for
    // sql/templates/foreign_objects.sql alone.
    std::string put_into(std::string_view text, bool everything = false) const;

    // The values of sql/templates/execute_within.sql that are the same for every query.
    const std::string& claims_signature() const { return claims_signature_; }
    const std::string& other_role() const { return other_role_; }

private:
    std::string accounts_;
    std::string accounts_text_;
    std::string claims_function_;
    std::string claims_signature_;
    std::string other_role_;
    std::string owner_role_;
};

}  // namespace signet::store
