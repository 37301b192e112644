#include "routes/account_json.hpp"

#include "base/json.hpp"
#include "base/system.hpp"

#include <string>
#include <vector>

namespace signet::routes {
namespace {

// Writes the members that both answers begin with.
void write_identity(JsonWriter& json, const Account& account, const RoleSet& roles,
                    bool null_email) {
    json.member("id", account.id.str());
    json.member("username", account.username);
    if (account.email || null_email) {
        json.member("email", account.email);
    }
    json.member("roles", roles.names);
    json.member("defaultRole", roles.default_role);
}

}  // namespace

std::string to_json(const SignedIn& signed_in, RefreshTokenIn where) {
    JsonWriter json;
    json.begin_object();
    write_identity(json, signed_in.account, signed_in.roles, false);
    json.member("token", signed_in.token);
    json.member("expiresIn", signed_in.expires_in_s);
    if (where == RefreshTokenIn::body) {
        json.member("refreshToken", signed_in.refresh_token);
    }
    return json.end_object().take();
}

std::string to_json(const std::vector<SessionInfo>& sessions, const SessionId& current) {
    JsonWriter json;
    json.begin_array();
    for (const SessionInfo& session : sessions) {
        json.begin_object();
        json.member("id", session.id.str());
        json.member("device", session.client.device);
        json.member("address", session.client.address);
        json.member("createdAt", rfc3339(session.created_at_s));
        json.member("lastUsedAt", rfc3339(session.last_used_at_s));
        json.member("expiresAt", rfc3339(session.expires_at_s));
        json.member("current", session.id == current);
        json.end_object();
    }
    return json.end_array().take();
}

std::string to_json(const Account& account, const RoleSet& roles) {
    JsonWriter json;
    json.begin_object();
    write_identity(json, account, roles, true);
    json.member("active", account.active);
    json.member("createdAt", rfc3339(account.created_at_s));
    json.key("lastLoginAt");
    if (account.last_login_at_s) {
        json.value(rfc3339(*account.last_login_at_s));
    } else {
        json.raw("null");
    }
    return json.end_object().take();
}

}  // namespace signet::routes
