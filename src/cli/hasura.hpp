#pragma once

#include "cli/commands.hpp"
#include "config/config.hpp"
#include "keys/key_gate.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace signet::cli {

// What Hasura has to know about Signet, and which tokens it accepts. Commands return the exit code
// of the process.

// `signet hasura secret` prints the value of HASURA_GRAPHQL_JWT_SECRET, one line of JSON. Without
// `jwk_url` the URL is below the issuer if that is an http URL, and otherwise below the listen
// address.
int hasura_secret(const config::Config& config, const std::optional<std::string>& jwk_url,
                  const CommandIo& io);

inline constexpr std::size_t kInspectedBytesMax = 64 * 1024;

// `signet token inspect` prints header and claims of the token on standard input, whether one of
// `keys` signed it, and why Hasura would refuse it. It trusts nothing in the token. Returns
// kExitFailed if Hasura would refuse the token.
int token_inspect(const config::Config& config, const keys::KeyLoad& keys, std::int64_t now_s,
                  const CommandIo& io);

// Returns why Hasura would refuse a token of this header and these claims at `now_s` (Unix
// seconds), one sentence for each reason, if its HASURA_GRAPHQL_JWT_SECRET is what `signet hasura
// secret` prints. If the result is empty, Hasura accepts the token, provided that the signature is
// good.
std::vector<std::string> hasura_objections(const boost::json::object& header,
                                           const boost::json::object& claims,
                                           const config::Config& config, std::int64_t now_s);

}  // namespace signet::cli
