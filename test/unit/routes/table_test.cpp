#include "routes/table.hpp"

#include "http/response.hpp"
#include "routes/error_table.hpp"
#include "routes/handlers.hpp"
#include "routes/reply.hpp"
#include "support/test_app.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <set>

using namespace signet;
using namespace signet::routes;
using signet::test::header_of;
using signet::test::TestApp;
namespace json = boost::json;

TEST_CASE("no two rows of the route table have the same method and path, or the same operation") {
    std::set<std::pair<http::Method, std::string_view>> rows;
    std::set<std::string_view> operations;
    for (const Row& row : table()) {
        CHECK(rows.emplace(row.method, row.path).second);
        CHECK(operations.insert(row.operation_id).second);
    }
}

TEST_CASE("only what answers from memory runs on the I/O threads") {
    const std::set<std::string_view> from_memory{"/",
                                                 "/jwks",
                                                 "/.well-known/jwks.json",
                                                 "/.well-known/openid-configuration",
                                                 "/livez",
                                                 "/readyz",
                                                 "/metrics",
                                                 "/version",
                                                 "/openapi.json",
                                                 "/docs",
                                                 "/try",
                                                 "/actions/{id}"};
    for (const Row& row : table()) {
        CHECK((row.lane == Lane::io) == from_memory.contains(row.path));
    }
}

TEST_CASE("the webhook is tried on the I/O threads first") {
    int tried = 0;
    for (const Row& row : table()) {
        tried += row.lane == Lane::io_then_data && row.path == "/webhook" ? 1 : 0;
    }
    CHECK(tried == 2);
}

TEST_CASE("every error has an answer with its status, its code and a Retry-After where it is 503") {
    TestApp app;
    for (const ErrorRow& info : error_table()) {
        const http::Response response = refuse(Error{info.errc}, app.request(), app.log);
        CHECK(response.status == info.status);
        CHECK(json::parse(response.body).at("code").as_string() == to_string(info.errc));
        if (info.status == 503) {
            CHECK(header_of(response, "Retry-After") != "");
        }
    }
}

TEST_CASE("what stands in the log stays out of the answer") {
    TestApp app;
    const http::Response response =
        refuse(Error{Errc::store_failed, "42601 syntax error"}, app.request(), app.log);
    CHECK(response.body.find("42601") == std::string::npos);
}

TEST_CASE("readiness is 503 with the reason while one check fails, and 200 when none does") {
    TestApp app;
    CHECK(get_readyz(app.request(), app.health).status == 200);
    app.readiness.list.push_back({"shutdown", false, "in progress"});
    const http::Response response = get_readyz(app.request(), app.health);
    CHECK(response.status == 503);
    CHECK(json::parse(response.body).at("checks").at("shutdown") == "in progress");
    CHECK(json::parse(response.body).at("checks").at("database") == "ok");
}

TEST_CASE("a new set of keys is in the next answer of jwks") {
    TestApp app;
    const auto bytes = [&app] {
        std::string out;
        get_jwks(app.request(), app.well_known)
            .cached->append_to(out, "Sat, 21 Nov 2026 14:20:09 GMT", false, false);
        return out;
    };
    CHECK(bytes().find("fresh") == std::string::npos);
    app.keys.publish(R"({"keys":["fresh"]})");
    CHECK(bytes().find("fresh") != std::string::npos);
    CHECK(bytes().find("Cache-Control: public, max-age=300\r\n") != std::string::npos);
}

TEST_CASE("while no key is known jwks and discovery are 503, and no cache keeps that") {
    TestApp app;
    app.keys.publish("", {});
    for (const auto& response :
         {get_jwks(app.request(), app.well_known), get_discovery(app.request(), app.well_known)}) {
        CHECK(response.cached == nullptr);
        CHECK(response.status == 503);
        CHECK(json::parse(response.body).at("code") == "no-signing-key");
        CHECK(header_of(response, "Cache-Control") == "no-store");
    }
    app.keys.publish(R"({"keys":["first"]})");
    CHECK(get_jwks(app.request(), app.well_known).cached != nullptr);
}

TEST_CASE("discovery names the algorithms of the keys that are published") {
    TestApp app;
    app.keys.publish(R"({"keys":["two"]})", {"RS256", "ES256"});
    const json::value body = json::parse(get_discovery(app.request(), app.well_known).body);
    CHECK(body.at("id_token_signing_alg_values_supported") == json::array{"RS256", "ES256"});
}

TEST_CASE("discovery builds its addresses from the issuer byte for byte") {
    TestApp app;
    const json::value body = json::parse(get_discovery(app.request(), app.well_known).body);
    CHECK(body.at("issuer") == "http://auth.test");
    CHECK(body.at("jwks_uri") == "http://auth.test/.well-known/jwks.json");
}

TEST_CASE("an issuer that ends in a slash gives an address of the keys with one slash") {
    TestApp app;
    app.policy.tokens.issuer = "https://auth.test/";
    const json::value body = json::parse(get_discovery(app.request(), app.well_known).body);
    CHECK(body.at("issuer") == "https://auth.test/");
    CHECK(body.at("jwks_uri") == "https://auth.test/.well-known/jwks.json");
}
