#pragma once

#include "store/pg.hpp"

#include <chrono>
#include <string_view>

namespace signet::store {

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
