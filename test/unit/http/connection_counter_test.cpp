#include "http/connection_counter.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <thread>
#include <vector>

using signet::IpAddress;
using namespace signet::http;

namespace {

IpAddress address(const char* text) {
    return *IpAddress::from(text);
}

}  // namespace

TEST_CASE("an IPv4 address, or all of a /64, has so many connections and no more") {
    ConnectionCounter counter(2);
    const auto first = counter.admit(address("192.0.2.1"));
    auto second = counter.admit(address("::ffff:192.0.2.1"));
    CHECK(first);
    CHECK(second);
    CHECK_FALSE(counter.admit(address("192.0.2.1")));
    CHECK(counter.admit(address("192.0.2.2")));
    const auto one = counter.admit(address("2001:db8:0:1::1"));
    const auto other = counter.admit(address("2001:db8:0:1:ffff::2"));
    CHECK_FALSE(counter.admit(address("2001:db8:0:1::3")));
    CHECK(counter.admit(address("2001:db8:0:2::1")));
    CHECK(counter.count() == 4);
    second.reset();
    CHECK(counter.count() == 3);
    CHECK(counter.admit(address("192.0.2.1")));
}

TEST_CASE("proxies are counted, and have no bound of their own") {
    ConnectionCounter counter(1);
    const auto first = counter.admit_proxy();
    const auto second = counter.admit_proxy();
    CHECK(counter.count() == 2);
}

TEST_CASE("a permit counts once, wherever it is moved to") {
    ConnectionCounter counter(1);
    {
        std::optional<ConnectionPermit> permit = counter.admit(address("192.0.2.1"));
        const ConnectionPermit moved = std::move(*permit);
        permit.reset();
        CHECK(counter.count() == 1);
        CHECK_FALSE(counter.admit(address("192.0.2.1")));
    }
    CHECK(counter.count() == 0);
}

TEST_CASE("permits that end on many threads at once are all given back") {
    ConnectionCounter counter(1000);
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&counter] {
                for (int i = 0; i < 2000; ++i) {
                    const auto permit = counter.admit(address("192.0.2.1"));
                }
            });
        }
    }
    CHECK(counter.count() == 0);
}
