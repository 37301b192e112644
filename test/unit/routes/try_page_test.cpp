#include "routes/try_page.hpp"

#include "base/base64url.hpp"
#include "base/sha256.hpp"
#include "routes/openapi.hpp"
#include "support/test_app.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>

using namespace signet;
using namespace signet::routes;
using signet::test::TestApp;

namespace {

// The answer of the route, with its headers.
std::string bytes_of(const TrySettings& settings) {
    const TestApp app;
    std::string bytes;
    get_try(app.request(), {make_try_page(settings)})
        .cached->append_to(bytes, "Sat, 21 Nov 2026 14:20:09 GMT", false, false);
    return bytes;
}

// What stands between two texts that follow each other.
std::string between(std::string_view text, std::string_view before, std::string_view after) {
    const std::size_t begin = text.find(before) + before.size();
    REQUIRE(begin >= before.size());
    return std::string(text.substr(begin, text.find(after, begin) - begin));
}

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string_view::npos;
         at = text.find(part, at + 1)) {
        ++found;
    }
    return found;
}

bool has(std::string_view text, std::string_view part) {
    return count(text, part) > 0;
}

}  // namespace

TEST_CASE("the page to try it runs its one script, and calls nobody but this service") {
    const std::string bytes = bytes_of({});
    const auto only = [&](std::string_view tag) {
        const std::string name(tag);
        CHECK(count(bytes, "<" + name + ">") == 1);
        return "'sha256-" +
               base64_encode(sha256(between(bytes, "<" + name + ">", "</" + name + ">"))) + "'";
    };
    CHECK(between(bytes, "Content-Security-Policy: ", "\r\n") ==
          "default-src 'none'; style-src " + only("style") + "; script-src " + only("script") +
              "; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'");
    CHECK(has(bytes, "Cache-Control: no-store\r\n"));
    CHECK(!has(bytes, " onclick="));
    CHECK(!has(bytes, "innerHTML"));
    CHECK(!has(bytes, "src=\""));
    CHECK(!has(bytes, "localStorage"));
    CHECK(!has(bytes, "{{"));
}

TEST_CASE("the page to try it has the settings of a Hasura, as text") {
    const std::string bytes = bytes_of({.jwt_secret = R"({"jwk_url":"https://a.test/jwks?a&b"})",
                                        .auth_hook = "https://a.test/webhook"});
    CHECK(has(bytes,
              "HASURA_GRAPHQL_JWT_SECRET='{&quot;jwk_url&quot;:&quot;https://a.test/"
              "jwks?a&amp;b&quot;}'<"));
    CHECK(has(bytes, "HASURA_GRAPHQL_AUTH_HOOK=https://a.test/webhook<"));
    CHECK(has(bytes, "HASURA_GRAPHQL_UNAUTHORIZED_ROLE=anonymous<"));
    CHECK(has(bytes, "AUTH_ANONYMOUS_ROLE is not set"));
    CHECK(has(bytes, "data-cookies=\"off\""));
    const std::string guests = bytes_of({.cookies = true, .anonymous_role = "<guest>"});
    CHECK(has(guests, "HASURA_GRAPHQL_UNAUTHORIZED_ROLE=&lt;guest&gt;<"));
    CHECK(has(guests, "gets the role &lt;guest&gt;"));
    CHECK(has(guests, "data-cookies=\"on\""));
}

TEST_CASE("the page to try it is there where it is on, and only there the root leads to it") {
    const auto row = std::ranges::find(table(), "/try", &Row::path);
    REQUIRE(row != table().end());
    for (const bool on : {false, true}) {
        CHECK(is_there(*row, {.try_page = on}) == on);
        TestApp app;
        app.browsers.try_page = on;
        http::Request asked = app.request();
        asked.headers.push_back({"accept", "text/html"});
        CHECK(has(get_home(asked, app.recovery).body, "href=\"try\"") == on);
    }
}
