#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet {

// The claims of an access token: those of RFC 7519 and those that Hasura reads. Times are in Unix
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

inline constexpr std::string_view kHasuraPrefix = "x-hasura-";
inline constexpr std::string_view kAllowedRolesClaim = "x-hasura-allowed-roles";
inline constexpr std::string_view kDefaultRoleClaim = "x-hasura-default-role";
inline constexpr std::string_view kUserIdClaim = "x-hasura-user-id";
inline constexpr std::string_view kSessionIdClaim = "x-hasura-session-id";  // the same as sid
inline constexpr std::string_view kRoleClaim = "x-hasura-role";

// Tells whether Signet or Hasura fills the claim of this name itself. The name is in lower case.
bool is_reserved_claim(std::string_view name);

// Tells whether `name` may name a custom claim: in lower case, x-hasura-…, and not reserved.
bool is_custom_claim_name(std::string_view name);

// Limits on the answer of the claims function.
inline constexpr std::size_t kClaimsJsonBytesMax = std::size_t{64} * 1024;
inline constexpr std::size_t kClaimsCountMax = 100;
inline constexpr std::size_t kClaimNameBytesMax = 128;
inline constexpr std::size_t kClaimsDepthMax = 32;  // nesting of arrays and objects

// One member of the JSON object that AUTH_CLAIMS_FUNCTION returned.
struct CustomClaim {
    enum class From : std::uint8_t { text, number, boolean, array, object, null };

    std::string name;  // in lower case
    From from = From::text;
    std::optional<std::string> value;  // empty for a JSON null, which gets no claim

    bool operator==(const CustomClaim&) const = default;
};
using CustomClaims = std::vector<CustomClaim>;

// Returns the names and values of the claims that have a value.
std::map<std::string, std::string> to_map(const CustomClaims& claims);

}  // namespace signet
