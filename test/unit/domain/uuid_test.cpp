#include <signet/domain/uuid.hpp>

#include <doctest/doctest.h>

#include <set>

using namespace signet;

TEST_CASE("a UUID is read from its long form in any case, and written in lower case") {
    const auto id = Uuid::parse("6F1f4d0a-6a3f-4a53-9d5c-0b6d1a1c9a11");
    REQUIRE(id);
    CHECK(id->str() == "6f1f4d0a-6a3f-4a53-9d5c-0b6d1a1c9a11");
    CHECK(id->bytes.front() == 0x6f);
    CHECK(id->bytes.back() == 0x11);
}

TEST_CASE("what is no UUID of the long form is none") {
    for (const char* bad :
         {"", "6f1f4d0a6a3f4a539d5c0b6d1a1c9a11", "6f1f4d0a-6a3f-4a53-9d5c-0b6d1a1c9a1",
          "6f1f4d0a-6a3f-4a53-9d5c-0b6d1a1c9a111", "6f1f4d0a-6a3f-4a53-9d5c-0b6d1a1c9a1g",
          "{f1f4d0a-6a3f-4a53-9d5c-0b6d1a1c9a11}", "6f1f4d0a-6a3f-4a53-9d5c00b6d1a1c9a11",
          "-f1f4d0a-6a3f-4a53-9d5c-0b6d1a1c9a11"}) {
        CAPTURE(bad);
        CHECK(!Uuid::parse(bad));
    }
}

TEST_CASE("UUIDs that were counted upward are spread over all hashes") {
    for (std::size_t byte = 0; byte < Uuid::kBytes; ++byte) {
        std::set<std::size_t> low;
        std::set<std::size_t> high;
        for (unsigned i = 0; i < 256; ++i) {
            Uuid id;
            id.bytes[byte] = static_cast<std::uint8_t>(i);
            low.insert(UuidHash()(id) % 64);
            high.insert((UuidHash()(id) >> 32U) % 64);
        }
        CAPTURE(byte);
        CHECK(low.size() > 50);
        CHECK(high.size() > 50);
    }
}
