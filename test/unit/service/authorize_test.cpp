#include <signet/service/authorize.hpp>

#include <doctest/doctest.h>

using namespace signet;

TEST_CASE("the scheme Bearer is read in any case, with exactly one token behind it") {
    CHECK(read_authorization("Bearer abc").token == "abc");
    CHECK(read_authorization("bearer abc").token == "abc");
    CHECK(read_authorization(std::nullopt).kind == Credentials::Kind::none);
    CHECK(read_authorization("").kind == Credentials::Kind::none);
    CHECK(read_authorization(" \t ").kind == Credentials::Kind::none);
    for (const char* bad : {"Bearer", "Bearer ", "Basic abc", "Bearer a b", "Bearer\tabc", "abc",
                            "Bearer Bearer abc", "Bearer a, Bearer b", "Bearer  abc"}) {
        CAPTURE(bad);
        CHECK(read_authorization(bad).kind == Credentials::Kind::malformed);
    }
}
