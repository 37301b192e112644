#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signet {

// The 16 bytes of a UUID: what caches keep and compare instead of its text.
struct Uuid {
    static constexpr std::size_t kBytes = 16;

    // Takes the 8-4-4-4-12 form only, letters of either case.
    static std::optional<Uuid> parse(std::string_view text);
    // In lower case.
    std::string str() const;
    auto operator<=>(const Uuid&) const = default;

    std::array<std::uint8_t, kBytes> bytes{};
};

// Spreads UUIDs of every version, also those that were counted upward.
struct UuidHash {
    std::size_t operator()(const Uuid& id) const noexcept;
};

}  // namespace signet
