#include "support/test_app.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace signet;
using namespace signet::routes;
using signet::test::TestApp;

namespace {

// The answer to a request from an address.
int status_for(bool only_here, const std::string& address, std::vector<http::Header> headers) {
    TestApp app;
    const MetricsContext context{[] { return std::string("a 1\n"); }, only_here, app.log};
    http::Request request = app.request();
    request.remote_address = address;
    request.headers = std::move(headers);
    const http::Response response = get_metrics(request, context);
    CHECK((response.body == "a 1\n") == (response.status == 200));
    return response.status;
}

}  // namespace

TEST_CASE("only this machine reads the metrics, unless everybody may") {
    for (const char* host : {"127.0.0.1:4000", "localhost", "localhost:4000", "[::1]:4000"}) {
        for (const char* here : {"127.0.0.1", "127.0.0.2", "::1"}) {
            CHECK(status_for(true, here, {{"host", host}}) == 200);
        }
    }
    for (const char* elsewhere : {"192.0.2.1", "10.0.0.1", "2001:db8::1", "::", "", "127.0.0"}) {
        CHECK(status_for(true, elsewhere, {{"host", "localhost"}}) == 404);
        CHECK(status_for(false, elsewhere, {{"host", "auth.example.org"}}) == 200);
    }
}

TEST_CASE("what a proxy on this machine forwards does not come from this machine") {
    for (const auto& [name, value] : std::vector<http::Header>{{"x-forwarded-for", "127.0.0.1"},
                                                               {"x-forwarded-host", "localhost"},
                                                               {"x-forwarded-proto", "http"},
                                                               {"x-real-ip", "127.0.0.1"},
                                                               {"forwarded", "for=127.0.0.1"},
                                                               {"via", "1.1 proxy"},
                                                               {"connection", "close"}}) {
        CAPTURE(name);
        CHECK(status_for(true, "127.0.0.1", {{"host", "localhost"}, {name, value}}) == 404);
        CHECK(status_for(false, "127.0.0.1", {{"host", "localhost"}, {name, value}}) == 200);
    }
    for (const char* host : {"auth.example.org", "auth.example.org:443", "localhost.example.org",
                             "127.0.0.1.example.org", "[2001:db8::1]", "["}) {
        CAPTURE(host);
        CHECK(status_for(true, "127.0.0.1", {{"host", host}}) == 404);
    }
    CHECK(status_for(true, "127.0.0.1", {}) == 404);
}
