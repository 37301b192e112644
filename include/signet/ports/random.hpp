#pragma once

#include <cstddef>
#include <span>

namespace signet {

// Random bytes fit for secrets. Thread-safe. Throws std::system_error when the system has none:
// never zeros.
class Random {
public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::byte> out) = 0;
};

}  // namespace signet
