#pragma once

#include <signet/service/sign_in.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace signet {

// What the use cases of a refresh token work with. It belongs to one thread of a lane.
struct RefreshPorts {
    SessionStore& sessions;
    const SessionSealer& sealer;
    const TokenSigner& signer;
    Random& random;
};

struct RefreshOutcome {
    SignedIn signed_in;
    RefreshCase which = RefreshCase::rotate;  // rotate, replay or ahead
};

// Exchanges a refresh token for an access token with the roles of now, and for the refresh token's
// one successor. A request that fails leaves the token good for at least the grace: whoever gets
// another error than invalid_refresh_token sends the same token again. Every text that is no token
// of a live session, and every token that was used before the grace, is invalid_refresh_token, and
// log_detail says which it was. The other errors are no_role, claims_failed,
// session_key_unavailable, and those of the store and the signer.
Result<RefreshOutcome> refresh(std::string_view token, const RefreshPorts& ports,
                               const SignInPolicy& policy, std::int64_t now_s);

// Ends the session of a refresh token of any generation, and with `all` every session of its user.
// Returns the user, for the log. Errors: invalid_refresh_token, session_key_unavailable, and those
// of the store.
Result<UserId> logout(std::string_view token, bool all, const RefreshPorts& ports);

}  // namespace signet
