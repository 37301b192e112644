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
// numbers and booleans are as PostgreSQL printed them; an array becomes an array literal that
// `$1::text[]` reads back (with several dimensions where it is rectangular; what else is nested
// stands in it as JSON text, and a null as NULL); an object becomes JSON text.
//
// Returns claims_failed, with a sentence in log_detail, for anything that cannot be passed on
// whole: no answer, no JSON object, a name that is not x-hasura-…, is reserved or comes twice in
// different case, or more than the bounds of domain/claims.hpp. Nothing is left out but nulls.
Result<CustomClaims> read_custom_claims(const std::optional<std::string>& json);

// PostgreSQL's own bound for the dimensions of an array (MAXDIM).
inline constexpr std::size_t kArrayDimensionsMax = 6;

// Writes the array as a literal that PostgreSQL reads back (PostgreSQL 17 manual, section 8.15.2).
// Arrays within are further dimensions where all have the same size and none is empty, up to
// kArrayDimensionsMax; otherwise they stand in it as JSON text, like objects.
std::string array_literal(const JsonNode& array);

// How queries that call AUTH_CLAIMS_FUNCTION are run: within its own limit where there is one, and
// like any other where there is none.
class ClaimsCall {
public:
    explicit ClaimsCall(const ConnectionOptions& options)
        : limit_(options.claims_ms), configured_(!options.claims_function.empty()) {}

    bool configured() const { return configured_; }

    // `runner` is a Connection or a Transaction. Of a transaction the limit holds to its end.
    template <class Runner>
    Result<Rows> run(Runner& runner, const sql::Query& query, Params params) const {
        return configured_ ? runner.run_within(limit_, query, params) : runner.run(query, params);
    }

    // What an error of such a query means: claims_failed unless it was the connection's. `sqlstate`
    // is empty where PostgreSQL gave none.
    Error explain(Error error, std::string_view sqlstate) const;

private:
    std::chrono::milliseconds limit_;
    bool configured_;
};

}  // namespace signet::store
