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
// regard to case). Without such a header they are none; anything but one Bearer token is malformed.
Credentials read_authorization(std::optional<std::string_view> header);

// What authenticate() works with: the store is one lane thread's, the verifier may
// be everybody's. The references outlive the call.
struct AuthorizePorts {
    SessionStore& sessions;
    const TokenVerifier& verifier;
};

// Who a token speaks for, with the roles of now.
struct Caller {
    Account account;
    RoleSet roles;
    AccessClaims claims;
    SessionId session;
};

// missing_token, invalid_token (also for a session that is over, and for a user who is gone,
// inactive or without any role), and the errors of the store.
Result<Caller> authenticate(const Credentials& credentials, const AuthorizePorts& ports,
                            const RolePolicy& policy, std::int64_t now_s);

}  // namespace signet
