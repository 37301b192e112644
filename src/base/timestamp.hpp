#pragma once

#include <cstdint>
#include <string>

namespace signet {

// RFC 3339 in UTC, to the second: 2026-11-21T14:20:09Z. The bare number for a time that no calendar
// has.
std::string rfc3339(std::int64_t unix_s);

}  // namespace signet
