#pragma once

#include <signet/service/sign_in.hpp>

#include <string>

namespace signet {

// A session before it is in the store, with its first refresh token.
struct DraftSession {
    NewSession session;
    std::string refresh_token;
};

// `client` is where it is opened from.
DraftSession draft_session(const SessionClient& client, const SignInPorts& ports,
                           const SessionPolicy& policy);

}  // namespace signet
