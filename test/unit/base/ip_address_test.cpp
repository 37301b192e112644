#include "base/ip_address.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

using signet::IpAddress;
using signet::IpNetwork;
using signet::kClientBits;

namespace {

std::string shown(std::string_view text) {
    const auto address = IpAddress::from(text);
    return address ? address->str() : "none";
}

std::string network(std::string_view text) {
    const auto network = IpNetwork::from(text);
    return network ? network->str() : "none";
}

bool contains(std::string_view network, std::string_view address) {
    return IpNetwork::from(network)->contains(*IpAddress::from(address));
}

}  // namespace

TEST_CASE("an address is read from its text form and from nothing else") {
    CHECK(shown("192.0.2.1") == "192.0.2.1");
    CHECK(shown("2001:DB8:0:0::1") == "2001:db8::1");
    CHECK(shown("::") == "::");
    for (const std::string_view text :
         {"", " 192.0.2.1", "192.0.2", "192.0.2.256", "192.0.2.01", "0x7f.0.0.1", "192.0.2.1:80",
          "[::1]", "::1%eth0", "1:2:3:4:5:6:7:8:9", "localhost", "192.0.2.1.",
          "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"}) {
        CAPTURE(text);
        CHECK_FALSE(IpAddress::from(text));
    }
    CHECK_FALSE(IpAddress::from(std::string_view("192.0.2.1\0", 10)));
}

TEST_CASE("an IPv4 address and the IPv6 address that stands for it are the same") {
    CHECK(shown("::ffff:192.0.2.1") == "192.0.2.1");
    CHECK(IpAddress::from("::ffff:c000:201") == IpAddress::from("192.0.2.1"));
    CHECK(IpAddress::from("::ffff:192.0.2.1")->is_v4());
    CHECK_FALSE(IpAddress::from("::192.0.2.1")->is_v4());
}

TEST_CASE("a network is read from CIDR notation or a single address") {
    CHECK(network("10.0.0.0/8") == "10.0.0.0/8");
    CHECK(network("10.9.8.7/8") == "10.0.0.0/8");
    CHECK(network("10.9.8.7") == "10.9.8.7/32");
    CHECK(network("0.0.0.0/0") == "0.0.0.0/0");
    CHECK(network("2001:db8:1:2:3::/52") == "2001:db8:1::/52");
    CHECK(network("::1") == "::1/128");
    CHECK(network("::/0") == "::/0");
    CHECK(network("::ffff:10.0.0.0/104") == "10.0.0.0/8");
    for (const std::string_view text :
         {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8 ", "10.0.0.0/8/8",
          "10.0.0.0/255.0.0.0", "::/129", "::ffff:10.0.0.0/8", "10/8", "all", "[::1]/128",
          "10.0.0.0/99999999999999999999"}) {
        CAPTURE(text);
        CHECK_FALSE(IpNetwork::from(text));
    }
}

TEST_CASE("a network contains the addresses of its family that begin with its bits") {
    CHECK(contains("10.0.0.0/8", "10.255.255.255"));
    CHECK_FALSE(contains("10.0.0.0/8", "11.0.0.0"));
    CHECK(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
    CHECK(contains("192.0.2.128/25", "192.0.2.200"));
    CHECK_FALSE(contains("192.0.2.128/25", "192.0.2.127"));
    CHECK(contains("2001:db8::/33", "2001:db8:7fff::1"));
    CHECK_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
    CHECK(contains("::1", "::1"));
    CHECK_FALSE(contains("::1", "::2"));
    CHECK(contains("0.0.0.0/0", "203.0.113.7"));
    CHECK(contains("::/0", "2001:db8::1"));
    CHECK_FALSE(contains("::/0", "203.0.113.7"));
    CHECK_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
}

TEST_CASE("a client is an IPv4 address or a /64") {
    const auto client = [](std::string_view text) {
        return IpNetwork(*IpAddress::from(text), kClientBits).str();
    };
    CHECK(client("192.0.2.1") == "192.0.2.1/32");
    CHECK(client("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
}
