#pragma once

#include <signet/service/authorize.hpp>
#include <signet/service/sign_in.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet {

// What the use cases of a refresh token work with; one lane thread's.
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

// Exchanges a refresh token for an access token with the roles of now and the refresh token's one
// successor. A request that fails leaves the token good for at least the grace: whoever gets
// another error than invalid_refresh_token sends the same token again. Every text that is no token
// of a live session, and every token that was used before the grace, is invalid_refresh_token; the
// log_detail says which. Else no_role, session_key_unavailable, and the errors of store and signer.
Result<RefreshOutcome> refresh(std::string_view token, const RefreshPorts& ports,
                               const SignInPolicy& policy, std::int64_t now_s);

// Ends the session of a refresh token of any generation, with `all` every session of its user.
// Gives the user, for the log. invalid_refresh_token, and the errors of refresh().
Result<UserId> logout(std::string_view token, bool all, const RefreshPorts& ports);

struct PasswordInput {
    std::string current_password;
    std::string new_password;
};

// What a change of a password works with; one lane thread's.
struct PasswordPorts {
    SessionStore& sessions;
    PasswordHasher& hasher;
    const PasswordJudge& judge;
};

// Changes the caller's password and ends all sessions but the caller's own. invalid_credentials
// when the current password is wrong or was changed meanwhile, invalid_input when the new one is
// not good enough, and the errors of store and hasher.
Result<void> change_password(const Caller& caller, const PasswordInput& input,
                             const PasswordPorts& ports);

}  // namespace signet
