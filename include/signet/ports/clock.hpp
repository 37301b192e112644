#pragma once

#include <cstdint>

namespace signet {

// The wall clock. Read once a request. Thread-safe.
class Clock {
public:
    virtual ~Clock() = default;
    virtual std::int64_t now_s() const = 0;  // Unix time
};

}  // namespace signet
