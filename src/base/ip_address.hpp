#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signet {

// An IPv4 or IPv6 address. An IPv4 address and the IPv6 address that stands for it
// (::ffff:192.0.2.1, RFC 4291 section 2.5.5.2) are the same value, because a socket for both
// families shows the one as the other.
class IpAddress {
public:
    using V4 = std::array<std::uint8_t, 4>;
    using V6 = std::array<std::uint8_t, 16>;

    IpAddress() = default;  // ::
    explicit IpAddress(const V4& bytes);
    explicit IpAddress(const V6& bytes) : bytes_(bytes) {}

    // Reads the text form of an address without brackets, port and zone. Returns nothing for any
    // other text.
    static std::optional<IpAddress> from(std::string_view text);

    bool is_v4() const;
    bool is_loopback() const;  // 127.0.0.0/8 or ::1
    std::string str() const;
    const V6& bytes() const { return bytes_; }

    auto operator<=>(const IpAddress&) const = default;

private:
    V6 bytes_{};
};

// How many bits of an address name a network, in either family.
struct PrefixBits {
    std::size_t v4 = 32;
    std::size_t v6 = 128;
};

// Whom a limit by address counts as one: an IPv4 address, or the /64 of an IPv6 address, because
// every household has as many of these as it likes.
inline constexpr PrefixBits kClientBits{32, 64};

// All addresses of one family that begin with the same bits.
class IpNetwork {
public:
    IpNetwork(const IpAddress& address, const PrefixBits& bits);

    // Reads an address, or CIDR notation such as 10.0.0.0/8. Bits behind the prefix count as zero.
    // Returns nothing for any other text.
    static std::optional<IpNetwork> from(std::string_view text);

    bool contains(const IpAddress& address) const;
    std::string str() const;  // in CIDR notation
    const IpAddress& first() const { return first_; }

    auto operator<=>(const IpNetwork&) const = default;

private:
    IpAddress first_;
    std::size_t bits_;  // of its 16 bytes
};

}  // namespace signet
