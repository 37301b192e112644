#include "base/secret.hpp"
#include "service/grant.hpp"
#include "service/outgoing.hpp"
#include "service/refresh.hpp"
#include "service/refresh_token.hpp"

#include <signet/service/sessions.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace signet {
namespace {

Error refused(std::string reason) {
    return {Errc::invalid_refresh_token, std::move(reason)};
}

Error over(const SessionId& id) {
    return refused("the session is over: " + id.str());
}

// A genuine token with its session, and the key of it.
struct Holder {
    RefreshToken token;
    StoredSession session;
    std::string key;
};

// Refuses a forged token before anything is locked or written.
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

// Returns the user with claims, all of one moment. What was read already is enough if no claims
// function has to be called.
Result<Account> find_user(const Holder& holder, const RefreshPorts& ports) {
    if (holder.session.account.claims) {
        return holder.session.account;
    }
    const SessionId& id = holder.token.session;
    Result<std::optional<StoredSession>> found = ports.sessions.find_for_refresh(id);
    if (!found) {
        return found.error();
    }
    return *found ? Result<Account>(std::move((*found)->account)) : over(id);
}

// Tells whether what the token of `granted` says about the user is still true. The roles of `now`
// may come in any order.
Result<bool> still_says(const Grant& granted, const Account& now, const RolePolicy& policy) {
    const Account& then = granted.account;
    const Result<RoleSet> roles = effective_roles(now, policy);
    if (!roles) {
        return roles.error();
    }
    return now.username == then.username && now.email == then.email &&
           roles->names == granted.roles.names && roles->default_role == granted.roles.default_role;
}

Error reused(const SessionId& id, const UserId& user) {
    Error error = refused("used again after its grace: session " + id.str() + " of user " +
                          user.str() + " ends");
    error.alarming = true;
    return error;
}

// Tells the user, and whoever listens, that a session has ended because its token was used again.
Result<void> commit_reuse(AccountTransaction& transaction, const SessionId& session,
                          const Account& account, const RefreshPorts& ports) {
    const Sender sender{ports.sealer, ports.random, ports.mail};
    if (auto told = put_notice(transaction.outbox(), sender, "refresh-token-reused", account,
                               ports.origin.language);
        !told) {
        return told;
    }
    if (auto told = put_event(transaction.outbox(), sender, "session.reuse", account.id,
                              {{"session", session.str()}});
        !told) {
        return told;
    }
    return transaction.commit();
}

// What one refresh works with.
struct Refresh {
    const Holder& holder;
    const RefreshPorts& ports;
    const SessionPolicy& policy;
    const GrantPorts granting;

    const SessionId& id() const { return holder.token.session; }
    std::uint32_t presented() const { return holder.token.generation; }
};

// A refresh that was granted, before it gets its refresh token.
struct Granted {
    Grant grant;
    RefreshDecision decision;
};

Result<Grant> grant_now(const Refresh& refresh) {
    const Result<Account> user = find_user(refresh.holder, refresh.ports);
    return user ? make_grant(*user, refresh.id(), refresh.granting) : user.error();
}

// Takes the current token, which is the usual case, in one statement. The access token is signed
// before, so that the refresh token is not used up if that fails; if the user has changed since, a
// new one is signed. Returns nothing if the token is no longer the current one.
Result<std::optional<Grant>> rotate(const Refresh& refresh, Grant& signed_before) {
    using Outcome = Result<std::optional<Grant>>;
    const Result<std::optional<Account>> rotated =
        refresh.ports.sessions.rotate(refresh.id(), refresh.presented(), refresh.policy);
    if (!rotated || !*rotated) {
        return rotated ? Outcome(std::nullopt) : rotated.error();
    }
    const Result<bool> fits = still_says(signed_before, **rotated, refresh.granting.roles);
    if (!fits || *fits) {
        return fits ? Outcome(std::move(signed_before)) : fits.error();
    }
    // Read once more, so that roles and claims are of one moment.
    const Result<std::optional<StoredSession>> latest =
        refresh.ports.sessions.find_for_refresh(refresh.id());
    if (!latest || !*latest) {
        return latest ? over(refresh.id()) : latest.error();
    }
    Result<Grant> grant = make_grant((*latest)->account, refresh.id(), refresh.granting);
    return grant ? Outcome(std::move(*grant)) : grant.error();
}

// Signs for `account`, which the transaction has locked, unless `grant` says the same already.
Result<void> renew_grant(std::optional<Grant>& grant, const Account& account,
                         AccountTransaction& transaction, const Refresh& refresh) {
    if (grant) {
        const Result<bool> fits = still_says(*grant, account, refresh.granting.roles);
        if (!fits || *fits) {
            return fits ? Result<void>() : fits.error();
        }
    }
    const Result<Account> user = account.claims ? account : transaction.read_account(account.id);
    if (!user) {
        return user.error();
    }
    Result<Grant> renewed = make_grant(*user, refresh.id(), refresh.granting);
    if (!renewed) {
        return renewed.error();
    }
    grant = std::move(*renewed);
    return {};
}

// Decides with the session locked. It detects a stolen token before anything else can fail. `grant`
// is what was signed already, if anything.
Result<Granted> refresh_locked(const Refresh& refresh, std::optional<Grant>& grant) {
    const SessionId& id = refresh.id();
    const auto transaction = refresh.ports.sessions.begin(refresh.ports.origin);
    if (!transaction) {
        return transaction.error();
    }
    const Result<Settled> settled = settle(**transaction, id, refresh.presented(), refresh.policy);
    if (!settled) {
        return settled.error();
    }
    const RefreshDecision& decision = settled->decision;
    if (decision.which == RefreshCase::refuse) {
        return over(id);
    }
    const Account& account = settled->session->account;
    if (decision.which == RefreshCase::reuse) {
        const Result<void> ended = commit_reuse(**transaction, id, account, refresh.ports);
        return ended ? reused(id, account.id) : ended.error();
    }
    if (auto renewed = renew_grant(grant, account, **transaction, refresh); !renewed) {
        return renewed.error();
    }
    if (auto done = (*transaction)->commit(); !done) {
        return done.error();
    }
    return Granted{std::move(*grant), decision};
}

// Ends the session of a token that was used up. Whatever was found, it is an error.
Result<UserId> end_reused(const Holder& holder, const RefreshPorts& ports,
                          const SessionPolicy& policy) {
    const SessionId& id = holder.token.session;
    const auto transaction = ports.sessions.begin(ports.origin);
    if (!transaction) {
        return transaction.error();
    }
    const Result<Settled> settled = settle(**transaction, id, holder.token.generation, policy);
    if (!settled) {
        return settled.error();
    }
    if (settled->decision.which != RefreshCase::reuse) {
        return over(id);
    }
    const Result<void> ended = commit_reuse(**transaction, id, settled->session->account, ports);
    return ended ? reused(id, settled->session->account.id) : ended.error();
}

Result<Granted> grant_refresh(const Refresh& refresh) {
    const StoredSession& session = refresh.holder.session;
    const RefreshDecision seen =
        decide_refresh(session.state, refresh.presented(), session.now_ms, refresh.policy.grace_s);
    if (seen.which == RefreshCase::refuse) {
        return over(refresh.id());
    }
    std::optional<Grant> grant;
    if (seen.which != RefreshCase::reuse) {
        Result<Grant> now = grant_now(refresh);
        if (!now) {
            return now.error();
        }
        grant = std::move(*now);
    }
    if (seen.which == RefreshCase::replay) {
        return Granted{std::move(*grant), seen};  // there is nothing to write
    }
    if (seen.which == RefreshCase::rotate) {
        Result<std::optional<Grant>> rotated = rotate(refresh, *grant);
        if (!rotated) {
            return rotated.error();
        }
        if (*rotated) {
            return Granted{std::move(**rotated), seen};
        }
    }
    return try_twice([&] { return refresh_locked(refresh, grant); });
}

}  // namespace

Result<Settled> settle(AccountTransaction& transaction, const SessionId& id,
                       std::uint32_t presented, const SessionPolicy& policy) {
    Result<std::optional<StoredSession>> locked = transaction.lock_session(id);
    if (!locked) {
        return locked.error();
    }
    if (!*locked) {
        return Settled{};
    }
    Settled out{decide_refresh((*locked)->state, presented, (*locked)->now_ms, policy.grace_s),
                std::move(*locked)};
    Result<void> done;
    switch (out.decision.which) {
        case RefreshCase::rotate:
        case RefreshCase::ahead:
            done = transaction.advance_session(id, out.decision.generation, policy);
            break;
        case RefreshCase::reuse:
            done = transaction.end_reused_session(id, *out.session, presented);
            break;
        case RefreshCase::replay:
        case RefreshCase::refuse:
            break;
    }
    return done ? Result<Settled>(std::move(out)) : done.error();
}

Result<RefreshOutcome> refresh(std::string_view token, const RefreshPorts& ports,
                               const SignInPolicy& policy, std::int64_t now_s) {
    Result<Holder> holder = identify(token, ports);
    if (!holder) {
        return holder.error();
    }
    const WipeOnExit wiped(holder->key);
    const SessionId& id = holder->token.session;
    Result<Granted> granted =
        grant_refresh({*holder,
                       ports,
                       policy.sessions,
                       {policy.roles, policy.tokens, ports.signer, ports.random, now_s}});
    if (!granted) {
        return granted.error();
    }
    std::string next = make_refresh_token(id, granted->decision.generation, holder->key);
    return RefreshOutcome{
        to_signed_in(std::move(granted->grant), id, policy.tokens, std::move(next)),
        granted->decision.which};
}

Result<UserId> logout(std::string_view token, bool all, const RefreshPorts& ports,
                      const SessionPolicy& policy) {
    Result<Holder> holder = identify(token, ports);
    if (!holder) {
        return holder.error();
    }
    wipe(holder->key);
    const StoredSession& session = holder->session;
    const UserId user = session.account.id;
    const RefreshCase which =
        decide_refresh(session.state, holder->token.generation, session.now_ms, policy.grace_s)
            .which;
    if (which == RefreshCase::reuse) {
        return try_twice([&] { return end_reused(*holder, ports, policy); });
    }
    if (which == RefreshCase::refuse) {
        return over(holder->token.session);
    }
    if (all) {
        const Result<std::size_t> ended =
            ports.sessions.end_all(user, std::nullopt, {"logout-everywhere", ports.origin});
        return ended ? Result<UserId>(user) : Result<UserId>(ended.error());
    }
    const Result<bool> ended =
        ports.sessions.end(user, holder->token.session, {"logout", ports.origin});
    return ended ? Result<UserId>(user) : Result<UserId>(ended.error());
}

}  // namespace signet
