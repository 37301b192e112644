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

    // Accepts only the 8-4-4-4-12 form, with letters of either case. Returns nothing otherwise.
    static std::optional<Uuid> parse(std::string_view text);
    // Returns nothing unless `binary` has exactly kBytes bytes.
    static std::optional<Uuid> from_binary(std::string_view binary);
    // Returns the 8-4-4-4-12 form in lower case.
    std::string str() const;
    std::string binary() const;
    auto operator<=>(const Uuid&) const = default;

    std::array<std::uint8_t, kBytes> bytes{};
};

// A UUID of one kind of object, so that ids of two kinds cannot be confused.
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

// Identifies a row of "user".
using UserId = Id<struct UserKind>;
// Identifies a session: a sign-in on one device, from a signup or login to a logout.
using SessionId = Id<struct SessionKind>;

// Distributes UUIDs of every version evenly, even if they were assigned in sequence.
struct UuidHash {
    std::size_t operator()(const Uuid& id) const noexcept;
};

}  // namespace signet
