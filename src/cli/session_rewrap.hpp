#pragma once

#include "cli/commands.hpp"

#include <signet/ports/session_sealer.hpp>
#include <signet/ports/session_store.hpp>

#include <cstddef>

namespace signet::cli {

// How many sessions are read at once.
inline constexpr std::size_t kRewrapBatch = 500;

// Seals the keys of all sessions that are not sealed by the first key-encryption key under that;
// or, without `yes`, says how many there are. Servers may run meanwhile. A key that cannot be
// opened is counted and left: then the exit code is that of a failure.
int sessions_rewrap(SessionCare& care, const SessionSealer& sealer, bool yes, const CommandIo& io);

}  // namespace signet::cli
