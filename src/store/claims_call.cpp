#include "store/claims_call.hpp"

#include <string>

namespace signet::store {
namespace {

constexpr std::string_view kCancelled = "57014";
constexpr std::string_view kOperatorIntervention = "57P";

}  // namespace

Error ClaimsCall::explain(Error error, std::string_view sqlstate) const {
    // Whatever PostgreSQL said of the statement, except that it is being shut down.
    if (!configured_ || sqlstate.empty() || sqlstate.starts_with(kOperatorIntervention)) {
        return error;
    }
    const std::string what = sqlstate == kCancelled
                                 ? "the claims function took longer than AUTH_CLAIMS_TIMEOUT ("
                                 : "the claims function failed (";
    return {Errc::claims_failed, what + error.log_detail + ')'};
}

}  // namespace signet::store
