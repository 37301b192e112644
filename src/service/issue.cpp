#include "service/issue.hpp"

#include "base/system.hpp"

#include <signet/service/custom_claims.hpp>

#include <utility>
#include <vector>

namespace signet {

Result<std::string> issue_token(const Account& account, const RoleSet& roles,
                                const SessionId& session, const Issuer& issuer) {
    const Result<std::vector<CustomClaim>> custom = read_custom_claims(account.claims);
    if (!custom) {
        return custom.error();
    }
    const TokenPolicy& policy = issuer.policy;
    AccessClaims claims;
    claims.subject = account.id.str();
    claims.name = account.username ? *account.username : account.email.value_or("");
    claims.issuer = policy.issuer;
    claims.audience = policy.audience;
    claims.issued_at_s = issuer.now_s - kIssuedAtBackdateS;
    claims.expires_at_s = issuer.now_s + policy.ttl_s;
    claims.token_id = random_uuid(issuer.random);
    claims.session_id = session.str();
    claims.allowed_roles = roles.names;
    claims.default_role = roles.default_role;
    claims.custom = to_map(*custom);
    return issuer.signer.sign(claims);
}

Result<void> make_grant(std::optional<Grant>& out, const Account& now, const SessionId& session,
                        const GrantPorts& ports) {
    Result<RoleSet> roles = effective_roles(now, ports.roles);
    if (!roles) {
        return roles.error();
    }
    Result<std::string> token = issue_token(now, *roles, session, ports.issuer);
    if (!token) {
        return token.error();
    }
    out = Grant{now, std::move(*roles), std::move(*token)};
    return {};
}

SignedIn to_signed_in(Grant grant, const SessionId& session, const SignInPolicy& policy,
                      std::string refresh_token) {
    return {std::move(grant.account), std::move(grant.roles), session,
            std::move(grant.token),   policy.tokens.ttl_s,    std::move(refresh_token)};
}

}  // namespace signet
