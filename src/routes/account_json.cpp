#include "routes/account_json.hpp"

#include "base/json.hpp"
#include "base/system.hpp"

#include <optional>
#include <vector>

namespace signet::routes {
namespace {

std::string quote_or_null(const std::optional<std::string>& text) {
    return text ? json_quote(*text) : "null";
}

std::string quote_all(const std::vector<std::string>& texts) {
    std::string out = "[";
    for (const std::string& text : texts) {
        if (out.size() > 1) {
            out += ',';
        }
        out += json_quote(text);
    }
    return out + ']';
}

// The members that both answers begin with, without the closing brace.
std::string identity(const Account& account, const RoleSet& roles, bool null_email) {
    std::string out = "{\"id\":" + json_quote(account.id.str());
    out += ",\"username\":" + quote_or_null(account.username);
    if (account.email || null_email) {
        out += ",\"email\":" + quote_or_null(account.email);
    }
    out += ",\"roles\":" + quote_all(roles.names);
    out += ",\"defaultRole\":" + json_quote(roles.default_role);
    return out;
}

}  // namespace

std::string to_json(const SignedIn& signed_in, RefreshTokenIn where) {
    std::string out = identity(signed_in.account, signed_in.roles, false);
    out += ",\"token\":" + json_quote(signed_in.token);
    out += ",\"expiresIn\":" + std::to_string(signed_in.expires_in_s);
    if (where == RefreshTokenIn::body) {
        out += ",\"refreshToken\":" + json_quote(signed_in.refresh_token);
    }
    return out + '}';
}

std::string to_json(const std::vector<SessionInfo>& sessions, const SessionId& current) {
    std::string out = "[";
    for (const SessionInfo& session : sessions) {
        out += out.size() > 1 ? ",{" : "{";
        out += "\"id\":" + json_quote(session.id.str());
        out += ",\"device\":" + json_quote(session.client.device);
        out += ",\"address\":" + quote_or_null(session.client.address);
        out += ",\"createdAt\":" + json_quote(rfc3339(session.created_at_s));
        out += ",\"lastUsedAt\":" + json_quote(rfc3339(session.last_used_at_s));
        out += ",\"expiresAt\":" + json_quote(rfc3339(session.expires_at_s));
        out += session.id == current ? ",\"current\":true}" : ",\"current\":false}";
    }
    return out + ']';
}

std::string to_json(const Account& account, const RoleSet& roles) {
    std::string out = identity(account, roles, true);
    out += account.active ? ",\"active\":true" : ",\"active\":false";
    out += ",\"createdAt\":" + json_quote(rfc3339(account.created_at_s));
    out += ",\"lastLoginAt\":";
    out += account.last_login_at_s ? json_quote(rfc3339(*account.last_login_at_s)) : "null";
    return out + '}';
}

}  // namespace signet::routes
