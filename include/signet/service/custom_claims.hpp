#pragma once

#include <signet/result.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet {

inline constexpr std::size_t kClaimsJsonBytesMax = std::size_t{64} * 1024;
inline constexpr std::size_t kClaimsCountMax = 100;
inline constexpr std::size_t kClaimNameBytesMax = 128;
inline constexpr std::size_t kClaimsDepthMax = 32;  // nesting of arrays and objects
// PostgreSQL's own bound (MAXDIM).
inline constexpr std::size_t kArrayDimensionsMax = 6;

// One member of what AUTH_CLAIMS_FUNCTION answered.
struct CustomClaim {
    enum class From : std::uint8_t { text, number, boolean, array, object, null };

    std::string name;  // in lower case
    From from = From::text;
    std::optional<std::string> value;  // nothing for a null, which is left out
};

// Reads the answer of the claims function, in the order of its members. Text stays as it is;
// numbers and booleans are as PostgreSQL printed them; an array becomes an array literal that
// `$1::text[]` reads back (with several dimensions where it is rectangular; what else is nested
// stands in it as JSON text, and a null as NULL); an object becomes JSON text.
//
// claims_failed, with a sentence in log_detail, for anything that cannot be passed on whole: no
// answer, no JSON object, a name that is not x-hasura-…, is reserved or comes twice in different
// case, or more than the bounds above. Nothing is left out but nulls.
Result<std::vector<CustomClaim>> read_custom_claims(const std::optional<std::string>& json);

// The names and values of those that have one.
std::map<std::string, std::string> to_map(const std::vector<CustomClaim>& claims);

// Whether Signet or Hasura fills the claim of this (lower-case) name itself.
bool is_reserved_claim(std::string_view name);

}  // namespace signet
