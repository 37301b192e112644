#include <signet/domain/claims.hpp>

#include <algorithm>
#include <array>

namespace signet {
namespace {

// The last two are the headers that carry Hasura's admin secret, which gives all rights.
constexpr std::array kReservedClaims{
    kRoleClaim,
    kUserIdClaim,
    kSessionIdClaim,
    kAllowedRolesClaim,
    kDefaultRoleClaim,
    std::string_view("x-hasura-admin-secret"),
    std::string_view("x-hasura-access-key"),
};

}  // namespace

bool is_reserved_claim(std::string_view name) {
    return std::ranges::find(kReservedClaims, name) != kReservedClaims.end();
}

bool is_custom_claim_name(std::string_view name) {
    const bool has_upper = std::ranges::any_of(name, [](char c) { return c >= 'A' && c <= 'Z'; });
    return name.size() > kHasuraPrefix.size() && name.starts_with(kHasuraPrefix) && !has_upper &&
           !is_reserved_claim(name);
}

std::map<std::string, std::string> to_map(const CustomClaims& claims) {
    std::map<std::string, std::string> out;
    for (const CustomClaim& claim : claims) {
        if (claim.value) {
            out.emplace(claim.name, *claim.value);
        }
    }
    return out;
}

}  // namespace signet
