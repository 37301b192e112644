#include "service/issue.hpp"

#include "base/system.hpp"

#include <utility>

namespace signet {

Result<std::string> issue_token(const Account& account, const RoleSet& roles,
                                const SignInPorts& ports, const TokenPolicy& policy,
                                std::int64_t now_s) {
    AccessClaims claims;
    claims.subject = account.id.str();
    claims.name = account.username ? *account.username : account.email.value_or("");
    claims.issuer = policy.issuer;
    claims.audience = policy.audience;
    claims.issued_at_s = now_s - kIssuedAtBackdateS;
    claims.expires_at_s = now_s + policy.ttl_s;
    claims.token_id = random_uuid(ports.random);
    claims.session_id = random_uuid(ports.random);
    claims.allowed_roles = roles.names;
    claims.default_role = roles.default_role;
    return ports.signer.sign(claims);
}

Result<SignedIn> sign_in(Account account, const SignInPorts& ports, const SignInPolicy& policy,
                         std::int64_t now_s) {
    Result<RoleSet> roles = effective_roles(account, policy.roles);
    if (!roles) {
        return roles.error();
    }
    Result<std::string> token = issue_token(account, *roles, ports, policy.tokens, now_s);
    if (!token) {
        return token.error();
    }
    return SignedIn{std::move(account), std::move(*roles), std::move(*token), policy.tokens.ttl_s};
}

}  // namespace signet
