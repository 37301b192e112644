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

}  // namespace signet
