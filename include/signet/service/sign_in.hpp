#pragma once

#include <signet/domain/audit.hpp>
#include <signet/domain/claims.hpp>
#include <signet/domain/mail_policy.hpp>
#include <signet/domain/role.hpp>
#include <signet/domain/session.hpp>
#include <signet/domain/signup_policy.hpp>
#include <signet/domain/user.hpp>
#include <signet/ports/accounts.hpp>
#include <signet/ports/passwords.hpp>
#include <signet/ports/sessions.hpp>
#include <signet/ports/system.hpp>
#include <signet/ports/tokens.hpp>
#include <signet/result.hpp>
#include <signet/service/authorize.hpp>
#include <signet/service/throttle.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace signet {

// What every access token contains, and how long it is valid.
struct TokenPolicy {
    std::string issuer;
    std::optional<std::string> audience;
    std::int64_t ttl_s = 900;
};

// How far iat lies in the past, because Hasura rejects a token whose iat is ahead of its clock.
inline constexpr std::int64_t kIssuedAtBackdateS = 5;

// What the sign-in use cases work with. It belongs to one thread of a lane.
struct SignInPorts {
    AccountStore& accounts;
    FailureStore& failures;
    SessionStore& sessions;
    const SessionSealer& sealer;
    PasswordHasher& hasher;
    const PasswordJudge& judge;
    const TokenSigner& signer;
    Random& random;
    PasswordThrottle& throttle;
    Origin origin = {};  // of the request
};

// What the operator has configured for signups and logins. It does not change while the service
// runs.
struct SignInPolicy {
    RolePolicy roles;
    TokenPolicy tokens;
    SessionPolicy sessions;
    MailPolicy mail = {};
    SignupPolicy signups = {};
};

// The outcome of a signup, a login or a refresh. The caller wipes the tokens after use.
struct SignedIn {
    Account account;
    RoleSet roles;
    SessionId session;
    std::string token;
    std::int64_t expires_in_s = 0;
    std::string refresh_token;
};

// What a client sends to sign up. `password` is UTF-8, as it was sent. At least one of username and
// email has to be set.
struct SignupInput {
    std::optional<std::string> username;
    std::optional<std::string> email;
    std::string password;
    SessionClient client = {};
    std::optional<Text> metadata = {};  // the JSON text of an object
    std::string language = {};          // Accept-Language as it was sent
};

// Creates an account with the default role and opens its first session in the same transaction.
// With EmailVerification::optional a mail goes out that proves the address. Errors: signup_closed,
// invalid_input with fields, username_taken, email_taken, no_role (no default role is configured,
// and nothing was written), claims_failed, and those of the store, the hasher and the signer. If no
// token can be signed, nothing is created.
Result<SignedIn> signup(const SignupInput& input, const SignInPorts& ports,
                        const SignInPolicy& policy, std::int64_t now_s);

struct LoginInput {
    NameKind kind = NameKind::username;
    std::string name;
    std::string password;
    SessionClient client = {};
};

// How often a login is tried if the account changes between the check of the password and the
// opening of the session.
inline constexpr int kLoginTriesMax = 3;

// Opens a session. White space around the name is ignored, and a username with an @ is also looked
// for as an e-mail address. An unknown name, a wrong password and an inactive account all give
// invalid_credentials and cost one hash each. After several of these in a row the error is
// too_many_attempts, before any hash, until the wait is over. With EmailVerification::required an
// address that was not proven is email_not_verified. That, no_role and claims_failed are
// returned only after the password was found right. A hash with outdated parameters is replaced.
Result<SignedIn> login(const LoginInput& input, const SignInPorts& ports,
                       const SignInPolicy& policy, std::int64_t now_s);

}  // namespace signet
