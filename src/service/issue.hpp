#pragma once

#include <signet/service/sign_in.hpp>

#include <cstdint>
#include <string>

namespace signet {

// What signs access tokens.
struct Issuer {
    const TokenSigner& signer;
    Random& random;
    const TokenPolicy& policy;
    std::int64_t now_s = 0;
};

// Signs an access token of `session` for `account`, which comes with its claims, with `roles`. Also
// claims_failed.
Result<std::string> issue_token(const Account& account, const RoleSet& roles,
                                const SessionId& session, const Issuer& issuer);

}  // namespace signet
