#include "base/address_limit.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <random>
#include <span>
#include <string>
#include <utility>

namespace signet {
namespace {

constexpr std::int64_t kMsPerS = 1000;

std::uint64_t to_number(std::span<const unsigned char> bytes) {
    std::uint64_t number = 0;
    for (const unsigned char byte : bytes) {
        number = number << 8U | byte;
    }
    return number;
}

// Returns what calls are counted by. A text that is no address is counted together with all others.
std::uint64_t network_of(std::string_view address) {
    // What an IPv4 address begins with, mapped into the networks of 64 bits that IPv6 never
    // assigns.
    constexpr std::uint64_t kV4 = 0x0000'FFFF'0000'0000;
    const std::string text(address.substr(0, address.find('%')));  // without a zone
    std::array<unsigned char, sizeof(in_addr)> v4{};
    if (inet_pton(AF_INET, text.c_str(), v4.data()) == 1) {
        return kV4 | to_number(v4);
    }
    std::array<unsigned char, sizeof(in6_addr)> v6{};
    if (inet_pton(AF_INET6, text.c_str(), v6.data()) != 1) {
        return 0;
    }
    constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    const std::span<const unsigned char> bytes(v6);
    return std::equal(kMapped.begin(), kMapped.end(), v6.begin())
               ? kV4 | to_number(bytes.subspan(kMapped.size()))
               : to_number(bytes.first(8));
}

}  // namespace

// Mixed with a number that nobody knows, so that nobody can choose networks that share a bucket.
std::size_t AddressLimit::Hash::operator()(std::uint64_t network) const {
    static const std::uint64_t secret = [] {
        std::random_device device;
        return std::uint64_t{device()} << 32U | device();
    }();
    std::uint64_t mixed = network ^ secret;
    mixed = (mixed ^ mixed >> 30U) * 0xBF58'476D'1CE4'E5B9;
    mixed = (mixed ^ mixed >> 27U) * 0x94D0'49BB'1331'11EB;
    return mixed ^ mixed >> 31U;
}

AddressLimit::AddressLimit(std::vector<RateLimit> limits, std::size_t addresses_max)
    : limits_(std::move(limits)),
      addresses_(addresses_max * (sizeof(Windows) + decltype(addresses_)::kEntryOverhead)) {}

std::int64_t AddressLimit::count(std::string_view address, std::int64_t now_ms) {
    if (limits_.empty()) {
        return 0;
    }
    const std::uint64_t network = network_of(address);
    const std::scoped_lock lock(mutex_);
    const Windows* const known = addresses_.find(network);
    Windows windows = known == nullptr ? Windows{} : *known;
    std::int64_t wait_ms = 0;
    for (std::size_t i = 0; i < limits_.size(); ++i) {
        Window& window = windows.at(i);
        if (now_ms >= window.end_ms) {
            window = {now_ms + limits_[i].seconds * kMsPerS, 0};
        }
        if (++window.calls > limits_[i].calls) {
            wait_ms = std::max(wait_ms, window.end_ms - now_ms);
        }
    }
    if (wait_ms > 0) {
        return (wait_ms + kMsPerS - 1) / kMsPerS;
    }
    addresses_.put(network, windows, sizeof(Windows));
    return 0;
}

}  // namespace signet
