#pragma once

#include "cli/commands.hpp"
#include "config/config.hpp"
#include "keys/key_files.hpp"

#include <cstddef>
#include <cstdint>

namespace signet::cli {

inline constexpr std::size_t kInspectedBytesMax = 64 * 1024;

// `signet token inspect`: prints header and claims of the token on standard input, whether one of
// `keys` signed it, and why Hasura would refuse it. Trusts nothing in it. Gives the exit code:
// failed where the token is no good.
int token_inspect(const config::TokenConfig& config, const keys::KeyLoad& keys, std::int64_t now_s,
                  const CommandIo& io);

}  // namespace signet::cli
