#include "service/grant.hpp"

#include "base/system.hpp"

#include <utility>

namespace signet {

Result<Grant> make_grant(const Account& account, const SessionId& session,
                         const GrantPorts& ports) {
    Result<RoleSet> roles = effective_roles(account, ports.roles);
    if (!roles) {
        return roles.error();
    }
    const Result<CustomClaims> custom = known_claims(account);
    if (!custom) {
        return custom.error();
    }
    AccessClaims claims;
    claims.subject = account.id.str();
    claims.name = account.username ? *account.username : account.email.value_or("");
    claims.issuer = ports.tokens.issuer;
    claims.audience = ports.tokens.audience;
    claims.issued_at_s = ports.now_s - kIssuedAtBackdateS;
    claims.expires_at_s = ports.now_s + ports.tokens.ttl_s;
    claims.token_id = random_uuid(ports.random);
    claims.session_id = session.str();
    claims.allowed_roles = roles->names;
    claims.default_role = roles->default_role;
    claims.custom = to_map(*custom);
    Result<std::string> token = ports.signer.sign(claims);
    if (!token) {
        return token.error();
    }
    return Grant{account, std::move(*roles), std::move(*token)};
}

SignedIn to_signed_in(Grant grant, const SessionId& session, const TokenPolicy& policy,
                      std::string refresh_token) {
    return {std::move(grant.account), std::move(grant.roles), session,
            std::move(grant.token),   policy.ttl_s,           std::move(refresh_token)};
}

}  // namespace signet
