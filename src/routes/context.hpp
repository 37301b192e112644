#pragma once

#include "base/log.hpp"

#include <signet/domain/role.hpp>
#include <signet/ports/account_store.hpp>
#include <signet/ports/password_hasher.hpp>
#include <signet/ports/password_judge.hpp>
#include <signet/ports/random.hpp>
#include <signet/ports/readiness.hpp>
#include <signet/ports/tokens.hpp>
#include <signet/service/sign_in.hpp>

#include <cstdint>
#include <string>

namespace signet::routes {

class JwksPage;

// What every handler may use, on any thread. Outlives the server.
struct Edge {
    const TokenVerifier& verifier;
    const TokenSigner& signer;
    const PasswordJudge& judge;
    Random& random;
    const Readiness& readiness;
    const JwksPage& jwks;
    const SignInPolicy& policy;
    const Log& log;
};

// What a thread of the data lane owns.
struct DataWorker {
    AccountStore& accounts;
};

// What a thread of the crypto lane owns.
struct CryptoWorker {
    AccountStore& accounts;
    PasswordHasher& hasher;
};

}  // namespace signet::routes
