#include "base/address_limit.hpp"

#include "base/ip_address.hpp"

#include <algorithm>
#include <random>
#include <span>
#include <utility>

namespace signet {
namespace {

constexpr std::int64_t kMsPerS = 1000;

// Returns what calls are counted by: the first eight bytes of an IPv6 address, and an IPv4 address
// in a network that IPv6 never assigns. A text that is no address is counted with all others.
std::uint64_t network_of(std::string_view address) {
    constexpr std::uint64_t kV4 = 0x0000'FFFF'0000'0000;
    constexpr std::size_t kNetworkBytes = 8;
    constexpr std::size_t kV4Begin = 12;
    const IpAddress client = IpAddress::from(address).value_or(IpAddress());
    const bool v4 = client.is_v4();
    std::uint64_t number = 0;
    for (const std::uint8_t byte : v4 ? std::span(client.bytes()).subspan(kV4Begin)
                                      : std::span(client.bytes()).first(kNetworkBytes)) {
        number = number << 8U | byte;
    }
    return v4 ? kV4 | number : number;
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
