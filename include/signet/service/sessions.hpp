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
    const MailPolicy& mail;
    Origin origin = {};  // of the request
};

struct RefreshOutcome {
    SignedIn signed_in;
    RefreshCase which = RefreshCase::rotate;  // rotate, replay or ahead
};

// Exchanges a refresh token for an access token with the current roles, and for the one successor
// of the refresh token. A request that fails leaves the token valid for at least the grace: a
// client that gets any error but invalid_refresh_token sends the same token again. The error is
// invalid_refresh_token for every text that is not a token of a live session, and for every token
// that was used longer ago than the grace; log_detail says which it was. The other errors are
// no_role, claims_failed, session_key_unavailable, and those of the store and the signer.
Result<RefreshOutcome> refresh(std::string_view token, const RefreshPorts& ports,
                               const SignInPolicy& policy, std::int64_t now_s);

// Ends the session of a refresh token that would refresh, and with `all` every session of its user.
// Returns the user, for the log. A token that was used before the grace ends its own session, as it
// does when it is refreshed, and is invalid_refresh_token. The other errors are
// session_key_unavailable, and those of the store.
Result<UserId> logout(std::string_view token, bool all, const RefreshPorts& ports,
                      const SessionPolicy& policy);

}  // namespace signet
