#pragma once

#include "base/json_tree.hpp"
#include "store/pg.hpp"

#include <signet/domain/claims.hpp>
#include <signet/result.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace signet::store {

// Reads the answer of the claims function, in the order of its members. Text stays as it is;
// numbers and booleans stay as PostgreSQL printed them; an array becomes an array literal that
// `$1::text[]` reads back (with several dimensions if it is rectangular; other nested values become
// JSON text in it, and a null becomes NULL); an object becomes JSON text.
//
// Returns claims_failed, with a sentence in log_detail, for anything that cannot be passed on
// completely: no answer, no JSON object, a name that is not x-hasura-…, is reserved or occurs twice
// in different case, a value that would hold a control character (JSON text has them
// escaped, but for U+0080 to U+009F), or an answer beyond the limits of domain/claims.hpp. Only
// nulls are left out.
Result<CustomClaims> read_custom_claims(const std::optional<std::string>& json);

// PostgreSQL's limit for the dimensions of an array (MAXDIM).
inline constexpr std::size_t kArrayDimensionsMax = 6;

// Writes the array as a literal that PostgreSQL reads back (PostgreSQL 17 manual, section 8.15.2).
// Nested arrays become further dimensions, up to kArrayDimensionsMax, if all have the same size and
// none is empty; otherwise they become JSON text, like objects.
std::string array_literal(const JsonNode& array);

// Runs queries that call AUTH_CLAIMS_FUNCTION: under the time limit of the function if one is
// configured, and otherwise like any other query.
class ClaimsCall {
public:
    explicit ClaimsCall(const ConnectionOptions& options)
        : limit_(options.claims_ms), configured_(!options.claims_function.empty()) {}

    bool configured() const { return configured_; }

    // Runs the query. `runner` is a Connection or a Transaction; in a transaction the limit holds
    // to its end.
    template <class Runner>
    Result<Rows> run(Runner& runner, const sql::Query& query, Params params) const {
        return configured_ ? runner.run_within(limit_, query, params) : runner.run(query, params);
    }

    // Returns what an error of such a query means: claims_failed, unless the connection caused it.
    // `sqlstate` is empty if PostgreSQL gave none.
    Error explain(Error error, std::string_view sqlstate) const;

private:
    std::chrono::milliseconds limit_;
    bool configured_;
};

}  // namespace signet::store
