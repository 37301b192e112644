#include "base/address_limit.hpp"

#include <doctest/doctest.h>

#include <string>

using signet::AddressLimit;

TEST_CASE("an address may call so often, and again when the time since the first call is over") {
    AddressLimit limit({{3, 60}});
    for (int i = 0; i < 3; ++i) {
        CHECK(limit.count("192.0.2.1", 1'000 + 10'000 * i) == 0);
    }
    CHECK(limit.count("192.0.2.1", 30'500) == 31);
    CHECK(limit.count("192.0.2.1", 60'999) == 1);
    CHECK(limit.count("192.0.2.1", 61'000) == 0);
}

TEST_CASE("calls of other addresses do not count") {
    AddressLimit limit({{1, 60}});
    CHECK(limit.count("192.0.2.1", 0) == 0);
    CHECK(limit.count("192.0.2.2", 0) == 0);
    CHECK(limit.count("2001:db8::1", 0) == 0);
    CHECK(limit.count("192.0.2.1", 0) == 60);
}

TEST_CASE("an IPv6 network of 64 bits is one address, in every spelling") {
    AddressLimit limit({{1, 60}});
    CHECK(limit.count("2001:db8:0:1::1", 0) == 0);
    for (const char* address : {"2001:db8:0:1::2", "2001:DB8:0:1:ffff::", "2001:db8::1:0:0:0:1",
                                "2001:0db8:0000:0001:0:0:0:1"}) {
        CAPTURE(address);
        CHECK(limit.count(address, 0) > 0);
    }
    CHECK(limit.count("2001:db8:0:2::1", 0) == 0);
    CHECK(limit.count("192.0.2.1", 0) == 0);
    CHECK(limit.count("::ffff:192.0.2.1", 0) > 0);
}

TEST_CASE("each of several limits holds, and a refused call counts for none") {
    AddressLimit limit({{2, 10}, {3, 100}});
    CHECK(limit.count("192.0.2.1", 0) == 0);
    CHECK(limit.count("192.0.2.1", 0) == 0);
    CHECK(limit.count("192.0.2.1", 0) == 10);
    CHECK(limit.count("192.0.2.1", 10'000) == 0);
    CHECK(limit.count("192.0.2.1", 10'000) == 90);
    CHECK(limit.count("192.0.2.1", 99'999) == 1);
    CHECK(limit.count("192.0.2.1", 100'000) == 0);
}

TEST_CASE("without limits every call is allowed") {
    AddressLimit limit({});
    for (int i = 0; i < 1000; ++i) {
        CHECK(limit.count("192.0.2.1", 0) == 0);
    }
}

TEST_CASE("of more addresses than are counted the one that called least recently is forgotten") {
    AddressLimit limit({{1, 60}}, 2);
    CHECK(limit.count("192.0.2.1", 0) == 0);
    CHECK(limit.count("192.0.2.2", 0) == 0);
    CHECK(limit.count("192.0.2.1", 0) > 0);
    CHECK(limit.count("192.0.2.3", 0) == 0);
    CHECK(limit.count("192.0.2.1", 0) > 0);
    CHECK(limit.count("192.0.2.2", 0) == 0);
}
