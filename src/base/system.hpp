#pragma once

#include <signet/ports/system.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace signet {

// The exit codes of every command.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitWrongUsage = 2;
inline constexpr int kExitUnusableConfig = 78;  // EX_CONFIG of sysexits(3)

class SystemClock final : public Clock {
public:
    std::int64_t now_s() const override;
};

// Reads CLOCK_BOOTTIME, which never goes back, and goes on while the machine is suspended: others
// may have changed meanwhile what is remembered here.
std::chrono::steady_clock::time_point now_since_boot();

// Writes a time as RFC 3339 in UTC, to the second: 2026-11-21T14:20:09Z. A time that no calendar
// has is the bare number.
std::string rfc3339(std::int64_t unix_s);

// getrandom(2).
class SystemRandom final : public Random {
public:
    void fill(std::span<std::byte> out) override;
};

// Returns a random UUID, version 4 (RFC 9562 section 5.4), in canonical form.
std::string random_uuid(Random& random);

// Raises the process's limit of open file descriptors (RLIMIT_NOFILE) to what the system lets it
// have, and returns the limit now in force. If the system refuses, the limit stays as it was. Call
// it before other threads start: the limit is the whole process's, and children inherit it.
std::size_t raise_descriptor_limit();

}  // namespace signet
