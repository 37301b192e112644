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
Result<Holder> identify(std::string_view text, const RefreshPorts& ports) {
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

// The user with claims, all of one moment: what was read already where no function is asked.
Result<Account> find_user(const Holder& holder, const RefreshPorts& ports) {
    if (holder.session.account.claims) {
        return holder.session.account;
    }
    const SessionId& id = holder.token.session;
    Result<std::optional<StoredSession>> found = ports.sessions.find_for_refresh(id);
    if (!found) {
        return found.error();
    }
    return *found ? Result<Account>(std::move((*found)->account))
                  : refused("the session is over: " + id.str());
}

// Whether a token of `granted` says of the user what is so now. Rows come in any order.
Result<bool> still_says(const Grant& granted, const Account& now, const RolePolicy& policy) {
    const Account& then = granted.account;
    const Result<RoleSet> roles = effective_roles(now, policy);
    if (!roles) {
        return roles.error();
    }
    return now.username == then.username && now.email == then.email &&
           roles->names == granted.roles.names && roles->default_role == granted.roles.default_role;
}

// Why there is no new token after this decision, if so.
std::optional<Error> find_refusal(const Result<Refreshed>& done, const Holder& holder) {
    const std::string id = holder.token.session.str();
    if (!done) {
        return done.error();
    }
    if (done->decision.which == RefreshCase::reuse) {
        Error reused = refused("used again after its grace: session " + id + " of user " +
                               holder.session.account.id.str() + " ends");
        reused.alarming = true;
        return reused;
    }
    if (done->decision.which == RefreshCase::refuse || !done->account) {
        return refused("the session is over: " + id);
    }
    return std::nullopt;
}

}  // namespace

// The access token is signed before the refresh token is used up: without a key to sign with, or
// without a role, nothing has happened, and the same refresh token works later. A stolen one is
// found out whatever else is the matter.
Result<RefreshOutcome> refresh(std::string_view token, const RefreshPorts& ports,
                               const SignInPolicy& policy, std::int64_t now_s) {
    Result<Holder> holder = identify(token, ports);
    if (!holder) {
        return holder.error();
    }
    const WipeOnExit wiped(holder->key);
    const SessionId& id = holder->token.session;
    const StoredSession& session = holder->session;
    const RefreshDecision seen = decide_refresh(session.state, holder->token.generation,
                                                session.now_ms, policy.sessions.grace_s);
    std::optional<Grant> grant;
    const GrantPorts granting{policy.roles, {ports.signer, ports.random, policy.tokens, now_s}};
    if (seen.which != RefreshCase::refuse && seen.which != RefreshCase::reuse) {
        const Result<Account> user = find_user(*holder, ports);
        if (!user) {
            return user.error();
        }
        if (auto granted = make_grant(grant, *user, id, granting); !granted) {
            return granted.error();
        }
    }
    const Result<Refreshed> done = seen.which == RefreshCase::refuse
                                       ? Result<Refreshed>(Refreshed{seen, {}})
                                       : carry_out(*holder, seen, ports, policy.sessions);
    if (auto refusal = find_refusal(done, *holder)) {
        return *std::move(refusal);
    }
    const Result<bool> fits =
        grant ? still_says(*grant, *done->account, policy.roles) : Result<bool>(false);
    if (!fits) {
        return fits.error();
    }
    if (!*fits) {
        // Rare: read once more, so that roles and claims are of one moment.
        const Result<std::optional<StoredSession>> latest = ports.sessions.find_for_refresh(id);
        if (!latest || !*latest) {
            return latest ? refused("the session is over: " + id.str()) : latest.error();
        }
        if (auto granted = make_grant(grant, (*latest)->account, id, granting); !granted) {
            return granted.error();
        }
    }
    std::string next = make_refresh_token(id, done->decision.generation, holder->key);
    return RefreshOutcome{to_signed_in(std::move(*grant), id, policy, std::move(next)),
                          done->decision.which};
}

Result<UserId> logout(std::string_view token, bool all, const RefreshPorts& ports) {
    Result<Holder> holder = identify(token, ports);
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
