#include "base/ascii.hpp"

#include <signet/service/authorize.hpp>

#include <optional>
#include <utility>

namespace signet {
namespace {

// What Hasura's documentation calls the role of clients without a token.

constexpr std::string_view kScheme = "bearer ";

bool starts_with_scheme(std::string_view value) {
    return equal_ignoring_case(value.substr(0, kScheme.size()), kScheme);
}

// Returns the account of a user who may act, in this session if there is one.
Result<Account> find_active(const UserId& id, const std::optional<SessionId>& session,
                            SessionStore& sessions) {
    Result<std::optional<Account>> found = sessions.find_caller(id, session);
    if (!found) {
        return found.error();
    }
    if (!*found || !(*found)->active) {
        return Error{Errc::invalid_token,
                     "the session is over, or the user is gone or inactive: " + id.str()};
    }
    return std::move(**found);
}

}  // namespace

Credentials read_authorization(std::optional<std::string_view> header) {
    if (!header || header->find_first_not_of(" \t") == std::string_view::npos) {
        return {};
    }
    Credentials credentials{Credentials::Kind::malformed, {}};
    if (!starts_with_scheme(*header)) {
        return credentials;
    }
    const std::string_view token = header->substr(kScheme.size());
    // These are three searches, because each of them looks at many bytes at a time, while
    // find_first_of() looks at one.
    const bool one_word = !token.empty() && token.find(' ') == std::string_view::npos &&
                          token.find('\t') == std::string_view::npos &&
                          token.find(',') == std::string_view::npos;
    if (one_word) {
        credentials = {Credentials::Kind::bearer, std::string(token)};
    }
    return credentials;
}

Result<Caller> authenticate(const Credentials& credentials, const AuthorizePorts& ports,
                            const RolePolicy& policy, std::int64_t now_s) {
    if (credentials.kind == Credentials::Kind::none) {
        return Errc::missing_token;
    }
    if (credentials.kind == Credentials::Kind::malformed) {
        return Error{Errc::invalid_token, "neither one Bearer token nor one access cookie"};
    }
    Result<AccessClaims> claims = ports.verifier.verify(credentials.token, now_s);
    if (!claims) {
        return claims.error();
    }
    const std::optional<UserId> id = UserId::parse(claims->subject);
    const std::optional<SessionId> session = SessionId::parse(claims->session_id);
    if (!id || !session) {
        return Error{Errc::invalid_token, "sub is no user id, or sid no session id"};
    }
    Result<Account> account = find_active(*id, session, ports.sessions);
    if (!account) {
        return account.error();
    }
    Result<RoleSet> roles = effective_roles(*account, policy);
    if (!roles) {
        return Error{Errc::invalid_token, "the user has no role any more: " + id->str()};
    }
    return Caller{std::move(*account), std::move(*roles), std::move(*claims), *session};
}

Result<HasuraUser> find_user(const HasuraSession& session, SessionStore& sessions,
                             const RolePolicy& policy) {
    const std::optional<UserId> id = UserId::parse(session.user_id);
    const bool anonymous =
        session.role == policy.anonymous_role || session.role == kHasurasAnonymous;
    if (!id || session.role.empty() || anonymous || is_admin(session.role)) {
        return Errc::missing_token;
    }
    const std::optional<SessionId> from = SessionId::parse(session.session_id);
    if (!from && !session.session_id.empty()) {
        return Error{Errc::invalid_token, "x-hasura-session-id is no session id"};
    }
    Result<Account> account = find_active(*id, from, sessions);
    if (!account) {
        return account.error();
    }
    Result<RoleSet> roles = effective_roles(*account, policy);
    if (!roles || !roles->contains(session.role)) {
        return Error{Errc::missing_token,
                     "the role that Hasura gives the client is none of the user's: " + id->str()};
    }
    return HasuraUser{std::move(*account), std::move(*roles), from};
}

}  // namespace signet
