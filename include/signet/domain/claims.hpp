#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace signet {

// The claims of an access token (RFC 7519, and what Hasura reads beside it). Times are Unix
// seconds.
struct AccessClaims {
    std::string subject;  // user id
    std::string name;     // username, or the e-mail address of a user who has none
    std::string issuer;
    std::optional<std::string> audience;
    std::int64_t issued_at_s = 0;
    std::int64_t expires_at_s = 0;
    std::string token_id;                    // jti
    std::string session_id;                  // sid: the sign-in that the token came from
    std::vector<std::string> allowed_roles;  // unique, never empty
    std::string default_role;                // one of allowed_roles
    // Further x-hasura-* claims, names in lower case, every value a string.
    std::map<std::string, std::string> custom;
};

}  // namespace signet
