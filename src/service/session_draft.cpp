#include "service/session_draft.hpp"

#include "base/secret.hpp"
#include "base/system.hpp"
#include "service/grant.hpp"
#include "service/refresh_token.hpp"

#include <cstddef>
#include <span>
#include <utility>

namespace signet {

Result<DraftSession> draft_session(const SessionClient& client, const SessionSealer& sealer,
                                   Random& random, const SessionPolicy& policy) {
    const SessionId id = SessionId::parse(random_uuid(random)).value();
    std::string key(kSessionKeyBytes, '\0');
    const WipeOnExit wiped(key);
    random.fill(std::as_writable_bytes(std::span(key)));
    Result<Text> sealed = sealer.seal(key, id);
    if (!sealed) {
        return sealed.error();
    }
    return DraftSession{{id, std::move(*sealed), client, policy}, make_refresh_token(id, 0, key)};
}

Result<SignedIn> sign_and_commit(AccountTransaction& transaction, const Account& stored,
                                 DraftSession& draft, const SigningPorts& ports,
                                 const SignInPolicy& policy, std::int64_t now_s) {
    const SessionId& session = draft.session.id;
    Result<Grant> grant = make_grant(
        stored, session, {policy.roles, policy.tokens, ports.signer, ports.random, now_s});
    if (!grant) {
        return grant.error();
    }
    if (auto done = transaction.commit(); !done) {
        return done.error();
    }
    return to_signed_in(std::move(*grant), session, policy.tokens, std::move(draft.refresh_token));
}

Result<SignedIn> open_and_commit(AccountTransaction& transaction, const UserId& user,
                                 DraftSession& draft, const SigningPorts& ports,
                                 const SignInPolicy& policy, std::int64_t now_s) {
    if (auto opened = transaction.open_session(user, draft.session); !opened) {
        return opened.error();
    }
    if (auto trimmed =
            transaction.trim_sessions(user, draft.session.id, policy.sessions.per_user_max);
        !trimmed) {
        return trimmed.error();
    }
    const Result<Account> stored = transaction.read_account(user);
    return stored ? sign_and_commit(transaction, *stored, draft, ports, policy, now_s)
                  : stored.error();
}

}  // namespace signet
