#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signet {

// The 16 bytes of a UUID.
struct Uuid {
    static constexpr std::size_t kBytes = 16;

    // Takes the 8-4-4-4-12 form only, with letters of either case.
    static std::optional<Uuid> parse(std::string_view text);
    // Takes exactly kBytes.
    static std::optional<Uuid> from_binary(std::string_view binary);
    // Returns the 8-4-4-4-12 form in lower case.
    std::string str() const;
    std::string binary() const;
    auto operator<=>(const Uuid&) const = default;

    std::array<std::uint8_t, kBytes> bytes{};
};

// A UUID that names one kind of thing, so that ids of two kinds cannot be confused.
template <class Kind>
struct Id : Uuid {
    Id() = default;
    explicit Id(const Uuid& uuid) : Uuid(uuid) {}

    static std::optional<Id> parse(std::string_view text) { return named(Uuid::parse(text)); }
    static std::optional<Id> from_binary(std::string_view binary) {
        return named(Uuid::from_binary(binary));
    }
    auto operator<=>(const Id&) const = default;

private:
    static std::optional<Id> named(const std::optional<Uuid>& uuid) {
        return uuid ? std::optional(Id(*uuid)) : std::nullopt;
    }
};

// A row of "user".
using UserId = Id<struct UserKind>;
// A sign-in on one device, from a signup or login to a logout.
using SessionId = Id<struct SessionKind>;

// Spreads UUIDs of every version, also those that were counted upward.
struct UuidHash {
    std::size_t operator()(const Uuid& id) const noexcept;
};

}  // namespace signet
