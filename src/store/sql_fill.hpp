#pragma once

#include "store/conninfo.hpp"
#include "store/sql_text.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace signet::store {

// Both queries have the same text, filled in differently: the first finds all objects of roles that
// are not trusted, the second only those that take part in a write.
inline constexpr sql::Query kForeignObjects{"foreign_objects", sql::foreign_objects};
inline constexpr sql::Query kForeignCode{"foreign_code", sql::foreign_objects};
inline constexpr sql::Query kObstacles{"obstacles", sql::obstacles};
inline constexpr sql::Query kLossyFailover{"lossy_failover", sql::lossy_failover};

// Returns `text` with every marker replaced by its value. If one marker is the beginning of
// another, the longer one has to come first. Inserted values are not searched for markers. Values
// have to be valid SQL: numbers, and names and literals that are already quoted.
std::string fill(std::string_view text,
                 std::initializer_list<std::pair<std::string_view, std::string_view>> values);

// Tells whether a query calls AUTH_CLAIMS_FUNCTION.
bool calls_claims_function(std::string_view query);

// The names that the configuration decides in the SQL of this process: the schema of the three
// tables, the claims function, and the trusted roles.
class SqlNames {
public:
    explicit SqlNames(const ConnectionOptions& options);

    // Returns a text of sql/ with every name filled in. Only sql/templates/foreign_objects.sql uses
    // `everything`.
    std::string put_into(std::string_view text, bool everything = false) const;

    // Return the values of sql/templates/execute_within.sql that are the same for every query.
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
