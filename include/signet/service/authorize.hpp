#pragma once

#include <signet/domain/role.hpp>
#include <signet/domain/session.hpp>
#include <signet/ports/sessions.hpp>
#include <signet/ports/tokens.hpp>
#include <signet/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signet {

// The credentials that came with a request.
struct Credentials {
    enum class Kind : std::uint8_t { none, bearer, malformed };
    Kind kind = Kind::none;
    std::string token;  // with Kind::bearer
};

// Reads the value of an Authorization header (RFC 6750 section 2.1; the scheme is compared without
// regard to case). The result is `none` without such a header or with an empty one, and
// `malformed` for anything but one Bearer token.
Credentials read_authorization(std::optional<std::string_view> header);

// What authenticate() works with. The store belongs to one lane thread; the verifier may be shared.
// The references have to outlive the call.
struct AuthorizePorts {
    SessionStore& sessions;
    const TokenVerifier& verifier;
};

// The user and session that a token belongs to, with the current roles.
struct Caller {
    Account account;
    RoleSet roles;
    AccessClaims claims;
    SessionId session;
};

// Verifies the token and reads its user. Errors: missing_token, invalid_token (which includes a
// session that has ended, and a user who is gone, inactive or without any role), and those of the
// store.
Result<Caller> authenticate(const Credentials& credentials, const AuthorizePorts& ports,
                            const RolePolicy& policy, std::int64_t now_s);

// The client for whom Hasura calls, as Hasura's session variables say together with its secret.
// Empty: not said.
struct HasuraSession {
    std::string role;
    std::string user_id;
    std::string session_id;
};

// The user for whom Hasura calls, with the current roles.
struct HasuraUser {
    Account account;
    RoleSet roles;
    std::optional<SessionId> session;  // if it is known
};

// Returns the user of a session of Hasura's. The error is missing_token if it is nobody's. Hasura
// takes the variables of clients without a role of their own, which are anonymous, and of those
// with the admin secret from whatever headers these send; so a user's come with a role that this
// user has now, and that is neither the anonymous one, nor called `anonymous`, nor `admin`. Further
// errors: invalid_token if the user is gone or inactive or the session has ended, and those of the
// store.
Result<HasuraUser> find_user(const HasuraSession& session, SessionStore& sessions,
                             const RolePolicy& policy);

}  // namespace signet
