#pragma once

#include <signet/domain/claims.hpp>
#include <signet/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::tokens {

// The claim in which Hasura looks for its claims unless it is configured otherwise.
inline constexpr std::string_view kClaimsNamespace = "https://hasura.io/jwt/claims";

// The latest time in a token. Beyond it a double, and so JavaScript, no longer holds every integer.
inline constexpr std::int64_t kTimeMaxS = (std::int64_t{1} << 53) - 1;

// The payload of a token, as it was read. `access.audience` is not set here: which one of
// `audiences` counts is the verifier's decision.
struct Payload {
    AccessClaims access;
    std::vector<std::string> audiences;  // of aud, whether it was one string or an array
    std::optional<std::int64_t> not_before_s;
};

// Returns the JSON text of `claims`: the registered claims, and under `claims_namespace` the object
// for Hasura with x-hasura-allowed-roles, x-hasura-default-role, x-hasura-user-id (the subject) and
// the custom claims. The error is internal, if the claims break a rule that read_claims() checks
// (roles, names and reserved names of custom claims, times).
Result<std::string> write_claims(const AccessClaims& claims, std::string_view claims_namespace);

// Reads a payload. It must have sub, iss, exp, iat, jti, sid and Hasura's object. Times are
// integers in [0, 2^53); names below the namespace are lower-case x-hasura-*; every value except
// the allowed roles is a string; the default role is one of the allowed ones, which are unique; the
// user id is the subject. Other claims are ignored. Uses no clock. The error is invalid_token.
Result<Payload> read_claims(std::string_view json, std::string_view claims_namespace);

}  // namespace signet::tokens
