#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace signet {

// The wall clock, which is read once per request. Thread-safe.
class Clock {
public:
    virtual ~Clock() = default;
    virtual std::int64_t now_s() const = 0;  // Unix time
};

// Generates random bytes that are fit for secrets. Thread-safe. Throws std::system_error if the
// system provides none, and never falls back to zeros.
class Random {
public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::byte> out) = 0;
};

// One condition of readiness.
struct ReadinessCheck {
    std::string name;  // database, shutdown
    bool ok = false;
    std::string reason;  // empty when ok; never a secret
};

// Tells whether this server should get requests now. Thread-safe; answers from memory.
class Readiness {
public:
    virtual ~Readiness() = default;
    virtual std::vector<ReadinessCheck> checks() const = 0;
};

}  // namespace signet
