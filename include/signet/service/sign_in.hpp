#pragma once

#include <signet/domain/claims.hpp>
#include <signet/domain/role.hpp>
#include <signet/domain/session.hpp>
#include <signet/domain/user.hpp>
#include <signet/ports/account_store.hpp>
#include <signet/ports/password_hasher.hpp>
#include <signet/ports/password_judge.hpp>
#include <signet/ports/random.hpp>
#include <signet/ports/session_sealer.hpp>
#include <signet/ports/session_store.hpp>
#include <signet/ports/tokens.hpp>
#include <signet/result.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace signet {

// What is put into every access token.
struct TokenPolicy {
    std::string issuer;
    std::optional<std::string> audience;
    std::int64_t ttl_s = 900;
};

// iat lies this far back, because Hasura refuses a token whose iat is ahead of its clock.
inline constexpr std::int64_t kIssuedAtBackdateS = 5;

// What the sign-in use cases work with; one lane thread's.
struct SignInPorts {
    AccountStore& accounts;
    SessionStore& sessions;
    const SessionSealer& sealer;
    PasswordHasher& hasher;
    const PasswordJudge& judge;
    const TokenSigner& signer;
    Random& random;
};

// What the operator has set for signups and logins. Immutable while the service runs.
struct SignInPolicy {
    RolePolicy roles;
    TokenPolicy tokens;
    SessionPolicy sessions;
};

// The outcome of a signup, a login and a refresh. Wipe the tokens after use.
struct SignedIn {
    Account account;
    RoleSet roles;
    SessionId session;
    std::string token;
    std::int64_t expires_in_s = 0;
    std::string refresh_token;
};

// `password` is UTF-8, as it was sent. At least one of username and email is set.
struct SignupInput {
    std::optional<std::string> username;
    std::optional<std::string> email;
    std::string password;
    SessionClient client = {};
};

// Creates an account with the default role and signs it in: its first session is opened in the same
// transaction. invalid_input (with fields),
// username_taken, email_taken, no_role (no default role is configured, nothing was written), and
// the errors of store, hasher and signer.
Result<SignedIn> signup(const SignupInput& input, const SignInPorts& ports,
                        const SignInPolicy& policy, std::int64_t now_s);

struct LoginInput {
    NameKind kind = NameKind::username;
    std::string name;
    std::string password;
    SessionClient client = {};
};

// How often a login looks again when the account was changed between the look at its password and
// the opening of the session.
inline constexpr int kLoginTriesMax = 3;

// Opens a session. Unknown name, wrong password and inactive account are one invalid_credentials,
// and cost one hash each. no_role once the password was right. A password stored by other means
// than today's is hashed again.
Result<SignedIn> login(const LoginInput& input, const SignInPorts& ports,
                       const SignInPolicy& policy, std::int64_t now_s);

}  // namespace signet
