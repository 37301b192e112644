#include "base/secret.hpp"
#include "service/issue.hpp"
#include "service/refresh_token.hpp"

#include <signet/service/sessions.hpp>

#include <optional>
#include <utility>

namespace signet {
namespace {

Error refused(std::string reason) {
    return {Errc::invalid_refresh_token, std::move(reason)};
}

// A genuine token with its session, and the key of it.
struct Holder {
    RefreshToken token;
    StoredSession session;
    std::string key;
};

// A forged token ends here, before anything is locked or written.
Result<Holder> identify(std::string_view text, const RefreshPorts& ports, bool for_refresh) {
    std::optional<RefreshToken> token = read_refresh_token(text);
    if (!token) {
        return refused("not in the form of a refresh token");
    }
    Result<std::optional<StoredSession>> found = ports.sessions.find(token->session);
    if (!found) {
        return found.error();
    }
    if (!*found) {
        return refused("no session " + token->session.str());
    }
    Result<std::string> key = ports.sealer.open((*found)->sealed_key, token->session);
    if (!key) {
        return key.error();
    }
    if (!is_genuine(*token, *key)) {
        wipe(*key);
        return refused("the tag is wrong for session " + token->session.str());
    }
    // Nobody but the holder of a genuine token makes the claims function run.
    if (for_refresh && !(*found)->account.claims) {
        found = ports.sessions.find_for_refresh(token->session);
        if (!found || !*found) {
            wipe(*key);
            return found ? refused("no session " + token->session.str()) : found.error();
        }
    }
    return Holder{std::move(*token), std::move(**found), std::move(*key)};
}

// Carries out the decision: from what was read where nothing is to be written, in one step where
// the token is the current one, and with the session locked where that is not enough.
Result<Refreshed> carry_out(const Holder& holder, const RefreshDecision& seen,
                            const RefreshPorts& ports, const SessionPolicy& policy) {
    if (seen.which == RefreshCase::replay) {
        return Refreshed{seen, holder.session.account};
    }
    const std::uint32_t presented = holder.token.generation;
    if (seen.which == RefreshCase::rotate) {
        Result<std::optional<Refreshed>> rotated =
            ports.sessions.rotate(holder.token.session, presented, policy);
        if (!rotated) {
            return rotated.error();
        }
        if (*rotated) {
            return std::move(**rotated);
        }
    }
    return ports.sessions.settle(holder.token.session, presented, policy);
}

// Whether a token says the same of both. Rows of one user come in any order.
bool same_claims(const Account& a, const RoleSet& a_roles, const Account& b,
                 const RoleSet& b_roles) {
    return a.username == b.username && a.email == b.email && a_roles.names == b_roles.names &&
           a_roles.default_role == b_roles.default_role;
}

}  // namespace

// The access token is signed before the refresh token is used up: without a key to sign with, or
// without a role, nothing has happened, and the same refresh token works later.
Result<RefreshOutcome> refresh(std::string_view token, const RefreshPorts& ports,
                               const SignInPolicy& policy, std::int64_t now_s) {
    Result<Holder> holder = identify(token, ports, true);
    if (!holder) {
        return holder.error();
    }
    const WipeOnExit wiped(holder->key);
    const SessionId id = holder->token.session;
    const StoredSession& session = holder->session;
    const RefreshDecision seen = decide_refresh(session.state, holder->token.generation,
                                                session.now_ms, policy.sessions.grace_s);
    if (seen.which == RefreshCase::refuse) {
        return refused("the session is over: " + id.str());
    }
    const Issuer issuer{ports.signer, ports.random, policy.tokens, now_s};
    Result<RoleSet> roles = effective_roles(session.account, policy.roles);
    if (!roles) {
        return roles.error();
    }
    Result<std::string> signed_token = issue_token(session.account, *roles, id, issuer);
    if (!signed_token) {
        return signed_token.error();
    }
    Result<Refreshed> done = carry_out(*holder, seen, ports, policy.sessions);
    if (!done) {
        return done.error();
    }
    if (done->decision.which == RefreshCase::reuse) {
        Error reused = refused("used again after its grace: session " + id.str() + " of user " +
                               session.account.id.str() + " ends");
        reused.alarming = true;
        return reused;
    }
    if (done->decision.which == RefreshCase::refuse || !done->account) {
        return refused("the session is over: " + id.str());
    }
    done->account->claims = session.account.claims;
    Result<RoleSet> roles_then = effective_roles(*done->account, policy.roles);
    if (!roles_then) {
        return roles_then.error();
    }
    if (!same_claims(*done->account, *roles_then, session.account, *roles)) {
        roles = std::move(roles_then);
        signed_token = issue_token(*done->account, *roles, id, issuer);
        if (!signed_token) {
            return signed_token.error();
        }
    }
    return RefreshOutcome{
        {std::move(*done->account), std::move(*roles), id, std::move(*signed_token),
         policy.tokens.ttl_s, make_refresh_token(id, done->decision.generation, holder->key)},
        done->decision.which};
}

Result<UserId> logout(std::string_view token, bool all, const RefreshPorts& ports) {
    Result<Holder> holder = identify(token, ports, false);
    if (!holder) {
        return holder.error();
    }
    wipe(holder->key);
    const UserId user = holder->session.account.id;
    if (all) {
        const Result<std::size_t> ended = ports.sessions.end_all(user, std::nullopt);
        return ended ? Result<UserId>(user) : Result<UserId>(ended.error());
    }
    const Result<bool> ended = ports.sessions.end(user, holder->token.session);
    return ended ? Result<UserId>(user) : Result<UserId>(ended.error());
}

}  // namespace signet
