#include "service/draft_session.hpp"
#include "service/issue.hpp"

#include <signet/service/sign_in.hpp>

#include <optional>
#include <utility>

namespace signet {
namespace {

// The account if name and password are right and it is active. Exactly one password hash is spent
// whatever the outcome, so that neither bytes nor time tell an unknown name from a wrong password.
struct Proof {
    Account account;
    Text hash;  // what the password was verified against
    bool outdated = false;
};

Result<Proof> prove(const LoginInput& input, const SignInPorts& ports) {
    std::optional<Account> account;
    if (const std::optional<Text> name = Text::from(input.name)) {
        Result<std::optional<Account>> found = ports.accounts.find(LoginName{input.kind, *name});
        if (!found) {
            return found.error();
        }
        account = std::move(*found);
    }
    if (!account) {
        const Result<void> spent = ports.hasher.verify_nobody(input.password);
        return spent ? Error{Errc::invalid_credentials, "unknown name"} : spent.error();
    }
    const Result<PasswordVerdict> verdict =
        ports.hasher.verify(input.password, account->password_hash);
    if (!verdict) {
        return verdict.error();
    }
    if (*verdict == PasswordVerdict::wrong) {
        return Error{Errc::invalid_credentials, "wrong password for " + account->id.str()};
    }
    if (!account->active) {
        return Error{Errc::invalid_credentials, "inactive account " + account->id.str()};
    }
    std::optional<Text> hash = Text::from(account->password_hash);
    if (!hash) {
        return Error{Errc::internal, "a stored hash that matches is no text"};
    }
    return Proof{std::move(*account), std::move(*hash),
                 *verdict == PasswordVerdict::matches_outdated};
}

// The hash of today's parameters. One that cannot be made now is made at a later login: the
// password was right.
std::optional<Text> renew(const std::string& password, PasswordHasher& hasher) {
    Result<Text> hash = hasher.hash(password);
    return hash ? std::optional(std::move(*hash)) : std::nullopt;
}

// Signs in whose password was right. Nothing: the account is another by now, and nothing was done.
// The token is made while the session is opened, before that is durable: the claims come from the
// transaction that does it, and without a token nothing has happened.
Result<std::optional<SignedIn>> admit(const Proof& proof, const LoginInput& input,
                                      const SignInPorts& ports, const SignInPolicy& policy,
                                      std::int64_t now_s) {
    DraftSession draft = draft_session(input.client, ports, policy.sessions);
    const SessionId session = draft.session.id;
    ProvenLogin login{proof.account.id, proof.hash, std::nullopt};
    if (proof.outdated) {
        login.new_hash = renew(input.password, ports.hasher);
    }
    std::optional<Grant> grant;
    draft.session.accept = [&](const Account& now) {
        return make_grant(grant, now, session,
                          {policy.roles, {ports.signer, ports.random, policy.tokens, now_s}});
    };
    const Result<bool> opened = ports.sessions.open(draft.session, login);
    if (!opened) {
        return opened.error();
    }
    if (!*opened || !grant) {
        return std::optional<SignedIn>();
    }
    return std::optional(
        to_signed_in(std::move(*grant), session, policy, std::move(draft.refresh_token)));
}

}  // namespace

Result<SignedIn> login(const LoginInput& input, const SignInPorts& ports,
                       const SignInPolicy& policy, std::int64_t now_s) {
    for (int i = 0; i < kLoginTriesMax; ++i) {
        Result<Proof> proof = prove(input, ports);
        if (!proof) {
            return proof.error();
        }
        Result<std::optional<SignedIn>> admitted = admit(*proof, input, ports, policy, now_s);
        if (!admitted) {
            return admitted.error();
        }
        if (*admitted) {
            return std::move(**admitted);
        }
    }
    return Error{Errc::invalid_credentials, "the account changed whenever it was looked at"};
}

}  // namespace signet
