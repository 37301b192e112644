#include "store/claims_call.hpp"

#include <string>

namespace signet::store {
namespace {

constexpr std::string_view kCancelled = "57014";

}  // namespace

Error ClaimsCall::explain(Error error, std::string_view sqlstate) const {
    const bool its_own = error.errc == Errc::store_failed || sqlstate == kCancelled;
    if (!configured_ || sqlstate.empty() || !its_own) {
        return error;
    }
    const std::string what = sqlstate == kCancelled
                                 ? "the claims function took longer than AUTH_CLAIMS_TIMEOUT ("
                                 : "the claims function failed (";
    return {Errc::claims_failed, what + error.log_detail + ')'};
}

}  // namespace signet::store
