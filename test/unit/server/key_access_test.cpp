#include "server/key_access.hpp"

#include "config/load.hpp"

#include <doctest/doctest.h>

#include <utility>

using namespace signet::config;
using namespace signet::server;
using namespace signet::keys;
using namespace signet::tokens;

namespace {

RotationPolicy policy_of(Variables environment) {
    return load_config({std::move(environment), {}}, false).config.keys.rotation;
}

}  // namespace

TEST_CASE("an operator's shell that knows no settings shortens the life of no key") {
    const RotationPolicy server =
        policy_of({{"AUTH_ACCESS_TOKEN_TTL", "1h"}, {"AUTH_KEY_PUBLISH_AHEAD", "15m"}});
    const RotationPolicy shell = policy_of({});
    CHECK(server.tokens_ttl_s == 3600);
    CHECK(shell.tokens_ttl_s == 900);
    KeyLives keys;
    CHECK(!stage(keys, "old", "RS256", server, 1000));
    CHECK(!stage(keys, "new", "RS256", shell, 1000));
    CHECK(!promote(keys, shell, 10'000));
    CHECK(keys[0].remove_after_s == 10'000 + 3600 + kKeepBeyondTokensS);
    // The server does not sign with what the shell made before this is written down.
    CHECK(needs_raise(keys, server));
    CHECK(raise_tokens_ttl(keys, server).size() == 1);
    CHECK(keys[1].tokens_ttl_s == 3600);
}
