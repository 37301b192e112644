#pragma once

#include <signet/service/sign_in.hpp>

#include <cstdint>
#include <optional>
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

// What a sign-in gets: the token, and the account and roles that it was made of.
struct Grant {
    Account account;
    RoleSet roles;
    std::string token;
};
struct GrantPorts {
    const RolePolicy& roles;
    Issuer issuer;
};
// For NewSession::accept. The errors of effective_roles() and issue_token().
Result<void> make_grant(std::optional<Grant>& out, const Account& now, const SessionId& session,
                        const GrantPorts& ports);
SignedIn to_signed_in(Grant grant, const SessionId& session, const SignInPolicy& policy,
                      std::string refresh_token);

}  // namespace signet
