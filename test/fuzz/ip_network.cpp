#include "base/ip_address.hpp"
#include "support/fuzz.hpp"

#include <algorithm>

namespace {

using namespace signet;
using test::hold;

void run(std::string_view input) {
    if (const auto address = IpAddress::from(input)) {
        hold(IpAddress::from(address->str()) == address, "an address is read as it was written");
        const IpNetwork client(*address, kClientBits);
        hold(client.contains(*address) && client.contains(client.first()), "a client is its own");
    }
    const auto network = IpNetwork::from(input);
    if (!network) {
        hold(!IpAddress::from(input), "every address is a network of one");
        return;
    }
    hold(IpNetwork::from(network->str()) == network, "a network is read as it was written");
    hold(network->contains(network->first()), "a network has its first address");
    const IpAddress& first = network->first();
    hold(first.bytes().back() % 2 == 0 || network->str().ends_with(first.is_v4() ? "/32" : "/128"),
         "bits behind the prefix are zero");
    IpAddress::V6 other = first.bytes();
    std::ranges::for_each(other, [](std::uint8_t& byte) { byte ^= 0x80U; });
    hold(network->str().ends_with("/0") || !network->contains(IpAddress(other)),
         "a network has no address that begins otherwise");
}

const test::FuzzRegistration kTarget("ip_network", run);

}  // namespace
