#pragma once

#include <signet/service/sign_in.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace signet {

// The result of a sign-in: the access token, and the account and roles that it was made from.
struct Grant {
    Account account;
    RoleSet roles;
    std::string token;
};

// What an access token is made with.
struct GrantPorts {
    const RolePolicy& roles;
    const TokenPolicy& tokens;
    const TokenSigner& signer;
    Random& random;
    std::int64_t now_s = 0;
};

// Computes the roles of `account`, which was read with its claims, and signs an access token for
// `session`. Errors: no_role, claims_failed, and those of the signer.
Result<Grant> make_grant(const Account& account, const SessionId& session, const GrantPorts& ports);

SignedIn to_signed_in(Grant grant, const SessionId& session, const TokenPolicy& policy,
                      std::string refresh_token);

// Calls `attempt` a second time if the database was unavailable, because a connection that broke
// before COMMIT left nothing behind. While PostgreSQL is away, the second call fails at once.
template <class F>
auto try_twice(const F& attempt) -> decltype(attempt()) {
    auto done = attempt();
    return !done && done.error().errc == Errc::store_unavailable ? attempt() : std::move(done);
}

}  // namespace signet
