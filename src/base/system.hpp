#pragma once

#include <signet/ports/system.hpp>

#include <string>

namespace signet {

class SystemClock final : public Clock {
public:
    std::int64_t now_s() const override;
};

// getrandom(2).
class SystemRandom final : public Random {
public:
    void fill(std::span<std::byte> out) override;
};

// A random UUID, version 4 (RFC 9562 section 5.4), in canonical form.
std::string random_uuid(Random& random);

}  // namespace signet
