#pragma once

#include <cstddef>

namespace signet {

// Raises the process's limit of open file descriptors (RLIMIT_NOFILE) to what the system lets it
// have, and returns the limit now in force. A refusal leaves the limit as it was. Call it before
// other threads start: the limit is the whole process's, and children inherit it.
std::size_t raise_descriptor_limit();

}  // namespace signet
