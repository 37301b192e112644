#pragma once

#include <signet/ports/system.hpp>

#include <array>
#include <cstddef>
#include <string>

namespace signet::http {

// Request ids: 16 random bytes as 32 hex digits. Random bytes are fetched for 64 ids at once. Not
// thread-safe: one an I/O thread.
class RequestIds {
public:
    // `random` must outlive it.
    explicit RequestIds(Random& random) : random_(random) {}

    // Writes the next id over `id`. Throws what Random throws.
    void assign_next(std::string& id);

private:
    static constexpr std::size_t kIdBytes = 16;

    Random& random_;
    std::array<std::byte, 64 * kIdBytes> bytes_{};
    std::size_t used_ = bytes_.size();
};

}  // namespace signet::http
