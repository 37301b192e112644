#pragma once

#include <signet/ports/sessions.hpp>
#include <signet/ports/system.hpp>
#include <signet/service/sign_in.hpp>

#include <cstdint>
#include <string>

namespace signet {

// A session before it is in the store, with its first refresh token.
struct DraftSession {
    NewSession session;
    std::string refresh_token;
};

Result<DraftSession> draft_session(const SessionClient& client, const SessionSealer& sealer,
                                   Random& random, const SessionPolicy& policy);

// What a token is signed with when a session is opened.
struct SigningPorts {
    const TokenSigner& signer;
    Random& random;
};

// Signs for the account as the transaction sees it, and commits. If no token can be signed, nothing
// is written.
Result<SignedIn> sign_and_commit(AccountTransaction& transaction, const Account& stored,
                                 DraftSession& draft, const SigningPorts& ports,
                                 const SignInPolicy& policy, std::int64_t now_s);

// Opens the session for a user whom the transaction has let in, and does the same.
Result<SignedIn> open_and_commit(AccountTransaction& transaction, const UserId& user,
                                 DraftSession& draft, const SigningPorts& ports,
                                 const SignInPolicy& policy, std::int64_t now_s);

}  // namespace signet
