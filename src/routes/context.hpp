#pragma once

#include "base/log.hpp"

#include <signet/domain/role.hpp>
#include <signet/ports/accounts.hpp>
#include <signet/ports/passwords.hpp>
#include <signet/ports/sessions.hpp>
#include <signet/ports/system.hpp>
#include <signet/ports/tokens.hpp>
#include <signet/ports/users.hpp>
#include <signet/service/sign_in.hpp>
#include <signet/service/webhook.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace signet::routes {

class JwksPage;

// What browsers may do. Immutable while the service runs.
struct BrowserPolicy {
    bool cookies = false;
    std::string same_site = "Lax";     // Lax, Strict or None
    std::vector<std::string> origins;  // https://host[:port], whose pages may call; our own too
};

// What every handler may use, on any thread. Outlives the server.
struct Edge {
    const TokenVerifier& verifier;
    WebhookMemory webhook;
    const TokenSigner& signer;
    const SessionSealer& sealer;
    const PasswordJudge& judge;
    Random& random;
    const Readiness& readiness;
    const JwksPage& jwks;
    const SignInPolicy& policy;
    const BrowserPolicy& browsers;
    const Log& log;
};

// What a thread of the data lane owns.
struct DataWorker {
    SessionStore& sessions;
    UserReader& users;
};

// What a thread of the crypto lane owns.
struct CryptoWorker {
    AccountStore& accounts;
    SessionStore& sessions;
    PasswordHasher& hasher;
};

}  // namespace signet::routes
