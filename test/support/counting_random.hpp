#pragma once

#include <signet/ports/system.hpp>

#include <cstddef>
#include <span>

namespace signet::test {

// Returns numbers that count up, so that every identifier differs and none is secret.
class CountingRandom final : public Random {
public:
    void fill(std::span<std::byte> out) override {
        for (std::byte& b : out) {
            b = static_cast<std::byte>(next_++);
        }
    }

private:
    unsigned next_ = 0;
};

}  // namespace signet::test
