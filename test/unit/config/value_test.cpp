#include "config/value.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

using namespace signet::config;

TEST_CASE("a duration is seconds or a number with a unit") {
    CHECK(read_duration_s("900") == 900);
    CHECK(read_duration_s("30s") == 30);
    CHECK(read_duration_s("15m") == 900);
    CHECK(read_duration_s("1h") == 3600);
    CHECK(read_duration_s("14d") == 1'209'600);
    CHECK(read_duration_s("3650d") == kDurationMaxS);
}

TEST_CASE(
    "a duration of nothing, with a sign, a blank, a fraction or beyond ten years is refused") {
    for (const char* text : {"", "0", "0s", "s", "-1", "+1", " 1", "1 ", "1.5h", "1w", "1H", "1hs",
                             "3651d", "99999999999999999999", "315360001"}) {
        CAPTURE(text);
        CHECK_FALSE(read_duration_s(text).has_value());
    }
}

TEST_CASE("a size is bytes or a number with KiB or MiB") {
    constexpr std::int64_t kMax = 1024LL * 1024 * 1024;
    CHECK(read_bytes("4096", 1024, kMax) == 4096);
    CHECK(read_bytes("4KiB", 1024, kMax) == 4096);
    CHECK(read_bytes("16MiB", 1024, kMax) == 16 * 1024 * 1024);
    CHECK(read_bytes("1024MiB", 1024, kMax) == kMax);
    for (const char* text :
         {"", "0", "1023", "KiB", "1025MiB", "-1MiB", "1 MiB", "1mib", "1MB", "1M", "1.5MiB",
          "1KiBKiB", "99999999999999999999", "9999999999999999MiB"}) {
        CAPTURE(text);
        CHECK_FALSE(read_bytes(text, 1024, kMax).has_value());
    }
}

TEST_CASE("a switch takes on, true, yes, 1 and their opposites in either case") {
    for (const char* text : {"on", "TRUE", "Yes", "1"}) {
        CHECK(read_switch(text) == true);
    }
    for (const char* text : {"off", "False", "NO", "0"}) {
        CHECK(read_switch(text) == false);
    }
    for (const char* text : {"", "2", "enabled", "on "}) {
        CHECK_FALSE(read_switch(text).has_value());
    }
}

TEST_CASE("rate limits are counts and durations with commas between, or off") {
    using Limits = std::vector<signet::RateLimit>;
    CHECK(read_rate_limits("60/1h") == Limits{{60, 3600}});
    CHECK(read_rate_limits("1/1m, 5/1h,9/2d,10/30") ==
          Limits{{1, 60}, {5, 3600}, {9, 172800}, {10, 30}});
    CHECK(read_rate_limits("Off") == Limits{});
    for (const char* text : {"", "60", "/1h", "60/", "0/1h", "60/1h/2", "-1/1h", "1/1h,", ",1/1h",
                             "off,1/1h", "1/1h 2/1h", "1/1,1/2,1/3,1/4,1/5"}) {
        CAPTURE(text);
        CHECK_FALSE(read_rate_limits(text).has_value());
    }
}

TEST_CASE("an issuer without a colon is any text, one with a colon a full URI, as Hasura has it") {
    for (const char* text :
         {"user:1", "localhost:8080", "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66", "auth0|abc",
          "https://a.example/x?y=z#f", "http://[::1]:4000", "http://u:p@h:1/",
          "https://a.example/%41", "\xC3\xA9"}) {
        CAPTURE(text);
        CHECK(is_string_or_uri(text));
    }
    for (const char* text : {"127.0.0.1:8080", "1:2", "auth0|a:b", "a b:c", "\xC3\xA9:1", ":x",
                             "https://a b", "https://a/%4", "https://a/%zz", "https://a/#b#c",
                             "http://[::1", "http://h:8o", "https://a/[x]", "a\nb", "\xFF"}) {
        CAPTURE(text);
        CHECK_FALSE(is_string_or_uri(text));
    }
}

TEST_CASE("an IP address has no brackets, no zone and no name") {
    CHECK(is_ip_address("127.0.0.1"));
    CHECK(is_ip_address("::"));
    for (const char* text : {"", "localhost", "[::1]", "fe80::1%lo", "1.2.3", "1.2.3.4:5"}) {
        CAPTURE(text);
        CHECK_FALSE(is_ip_address(text));
    }
    CHECK_FALSE(is_ip_address(std::string_view("127.0.0.1\0x", 11)));
}

TEST_CASE("an origin is guessed from what was written instead of one") {
    for (const auto& [written, meant] :
         {std::pair("https://app.example.org/", "https://app.example.org"),
          std::pair("HTTPS://App.Example.org:443/path?q", "https://app.example.org"),
          std::pair("http://app.example.org:80", "http://app.example.org"),
          std::pair("app.example.org", "https://app.example.org"),
          std::pair("app.example.org:8443/x", "https://app.example.org:8443"),
          std::pair("localhost:3000", "http://localhost:3000"),
          std::pair("Capacitor://localhost/", "capacitor://localhost")}) {
        CAPTURE(written);
        CHECK(guess_origin(written) == std::string(meant));
    }
    for (const char* written : {"*", "null", "", "https://", "https://*.example.org", "app"}) {
        CAPTURE(written);
        CHECK_FALSE(guess_origin(written));
    }
}
