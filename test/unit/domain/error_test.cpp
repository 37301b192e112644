#include <signet/domain/error.hpp>
#include <signet/result.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <set>
#include <stdexcept>
#include <string_view>

using signet::Errc;

TEST_CASE("every error code has a name of its own, in kebab-case") {
    std::set<std::string_view> seen;
    for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(Errc::internal); ++i) {
        const std::string_view name = to_string(static_cast<Errc>(i));
        CAPTURE(name);
        CHECK(seen.insert(name).second);
        REQUIRE_FALSE(name.empty());
        CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos);
        CHECK(name.front() != '-');
        CHECK(name.back() != '-');
        CHECK(name.find("--") == std::string_view::npos);
    }
}

TEST_CASE("a field error is invalid input with one member") {
    const auto error = signet::Error::field("/email", "too-long", "Shorter.");
    CHECK(error.errc == Errc::invalid_input);
    REQUIRE(error.fields.size() == 1);
    CHECK(error.fields[0].pointer == "/email");
    CHECK(error.fields[0].code == "too-long");
    CHECK(error.log_detail.empty());
}

TEST_CASE("asking a failed result for its value throws without the log detail") {
    const signet::Result<int> failed = signet::Error(Errc::store_failed, "for the log only");
    try {
        static_cast<void>(failed.value());
        FAIL("no exception");
    } catch (const std::logic_error& error) {
        const std::string_view what = error.what();
        CHECK(what.find("database-error") != std::string_view::npos);
        CHECK(what.find("for the log only") == std::string_view::npos);
    }
}
