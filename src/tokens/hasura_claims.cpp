#include "tokens/hasura_claims.hpp"

#include <unordered_set>

namespace signet::tokens {
namespace {

// Hasura refuses empty role names, and its newer engine a role that is listed twice.
bool are_sound(const std::vector<std::string>& roles, const std::string& default_role) {
    std::unordered_set<std::string_view> seen;
    for (const std::string& role : roles) {
        if (role.empty() || !seen.insert(role).second) {
            return false;
        }
    }
    return seen.contains(default_role);
}

bool read_roles(const boost::json::value& value, std::vector<std::string>& out) {
    if (!value.is_array()) {
        return false;
    }
    for (const boost::json::value& role : value.get_array()) {
        if (!role.is_string()) {
            return false;
        }
        out.emplace_back(role.get_string().data(), role.get_string().size());
    }
    return true;
}

}  // namespace

Result<void> write_hasura_claims(const AccessClaims& claims, JsonWriter& json) {
    if (!are_sound(claims.allowed_roles, claims.default_role)) {
        return Error(Errc::internal, "the roles of the claims are empty, repeated or incomplete");
    }
    if (claims.custom.size() > kCustomClaimsMax || claims.allowed_roles.size() > kRolesMax) {
        return Error(Errc::internal, "too many roles or custom claims");
    }
    json.begin_object();
    json.member(kAllowedRolesClaim, claims.allowed_roles);
    json.member(kDefaultRoleClaim, claims.default_role);
    json.member(kUserIdClaim, claims.subject);
    json.member(kSessionIdClaim, claims.session_id);
    for (const auto& [name, text] : claims.custom) {
        if (!is_custom_claim_name(name)) {
            return Error(Errc::internal, "a custom claim has a reserved or malformed name");
        }
        json.member(name, text);
    }
    json.end_object();
    return {};
}

std::optional<std::string_view> read_hasura_claims(const boost::json::object& object,
                                                   AccessClaims& claims) {
    std::optional<std::string> user_id;
    std::optional<std::string> session_id;
    for (const auto& member : object) {
        const std::string_view name = member.key();
        const boost::json::value& value = member.value();
        if (name == kAllowedRolesClaim) {
            if (!read_roles(value, claims.allowed_roles)) {
                return "x-hasura-allowed-roles is no array of strings";
            }
            continue;
        }
        if (!value.is_string()) {
            return "a claim for Hasura is no string";
        }
        std::string text(value.get_string().data(), value.get_string().size());
        if (name == kDefaultRoleClaim) {
            claims.default_role = std::move(text);
        } else if (name == kUserIdClaim) {
            user_id = std::move(text);
        } else if (name == kSessionIdClaim) {
            session_id = std::move(text);
        } else if (is_custom_claim_name(name)) {
            claims.custom.emplace(name, std::move(text));
        } else {
            return "a claim for Hasura has a reserved or malformed name";
        }
    }
    if (user_id != claims.subject) {
        return "x-hasura-user-id is not the subject";
    }
    // Versions before 0.2.0 wrote none.
    if (session_id && session_id != claims.session_id) {
        return "x-hasura-session-id is not sid";
    }
    if (!are_sound(claims.allowed_roles, claims.default_role)) {
        return "the roles are empty, repeated or lack the default role";
    }
    return std::nullopt;
}

}  // namespace signet::tokens
