#include "base/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <span>

namespace signet {
namespace {

constexpr std::size_t kMappedBits = 96;
constexpr std::array<std::uint8_t, kMappedBits / 8> kMapped{0, 0, 0, 0, 0,    0,
                                                            0, 0, 0, 0, 0xFF, 0xFF};

// Returns the address with all bits but the first `bits` at zero.
IpAddress masked(const IpAddress& address, std::size_t bits) {
    IpAddress::V6 bytes = address.bytes();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const std::size_t kept = std::min<std::size_t>(8, bits - std::min(bits, 8 * i));
        bytes[i] = static_cast<std::uint8_t>(bytes[i] & (0xFF00U >> kept));
    }
    return IpAddress(bytes);
}

std::optional<std::size_t> read_bits(std::string_view text, std::size_t max) {
    std::size_t bits = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, bits);
    return error == std::errc() && stopped == end && bits <= max ? std::optional(bits)
                                                                 : std::nullopt;
}

}  // namespace

IpAddress::IpAddress(const V4& bytes) {
    std::ranges::copy(kMapped, bytes_.begin());
    std::ranges::copy(bytes, bytes_.begin() + kMapped.size());
}

std::optional<IpAddress> IpAddress::from(std::string_view text) {
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    std::ranges::copy(text, terminated.begin());
    V4 v4{};
    if (inet_pton(AF_INET, terminated.data(), v4.data()) == 1) {
        return IpAddress(v4);
    }
    V6 v6{};
    if (inet_pton(AF_INET6, terminated.data(), v6.data()) == 1) {
        return IpAddress(v6);
    }
    return std::nullopt;
}

bool IpAddress::is_v4() const {
    return std::equal(kMapped.begin(), kMapped.end(), bytes_.begin());
}

bool IpAddress::is_loopback() const {
    constexpr V6 kLoopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    constexpr std::size_t kFirstOfV4 = 12;
    return is_v4() ? bytes_[kFirstOfV4] == 127 : bytes_ == kLoopback;
}

std::string IpAddress::str() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (is_v4()) {
        inet_ntop(AF_INET, bytes_.data() + kMapped.size(), text.data(), text.size());
    } else {
        inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
    }
    return text.data();
}

IpNetwork::IpNetwork(const IpAddress& address, const PrefixBits& bits)
    : bits_(address.is_v4() ? kMappedBits + bits.v4 : bits.v6) {
    first_ = masked(address, bits_);
}

std::optional<IpNetwork> IpNetwork::from(std::string_view text) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    const std::string_view written = text.substr(0, slash);
    const auto address = IpAddress::from(written);
    if (!address) {
        return std::nullopt;
    }
    const bool as_v6 = written.find(':') != std::string_view::npos;
    const PrefixBits all;
    std::optional<std::size_t> bits = as_v6 ? all.v6 : all.v4;
    if (slash < text.size()) {
        bits = read_bits(text.substr(slash + 1), *bits);
    }
    if (bits && as_v6 && address->is_v4()) {
        bits = *bits >= kMappedBits ? std::optional(*bits - kMappedBits) : std::nullopt;
    }
    return bits ? std::optional(IpNetwork(*address, {*bits, *bits})) : std::nullopt;
}

bool IpNetwork::contains(const IpAddress& address) const {
    const IpAddress::V6& ours = first_.bytes();
    const IpAddress::V6& theirs = address.bytes();
    const std::size_t whole = bits_ / 8;
    if (!std::ranges::equal(std::span(ours).first(whole), std::span(theirs).first(whole)) ||
        address.is_v4() != first_.is_v4()) {
        return false;
    }
    const std::size_t rest = bits_ % 8;
    return rest == 0 || (unsigned{ours[whole]} ^ unsigned{theirs[whole]}) >> (8 - rest) == 0;
}

std::string IpNetwork::str() const {
    return first_.str() + '/' + std::to_string(first_.is_v4() ? bits_ - kMappedBits : bits_);
}

}  // namespace signet
