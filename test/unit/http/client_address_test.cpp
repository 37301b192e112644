#include "http/client_address.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

using namespace signet::http;
using signet::IpAddress;
using signet::IpNetwork;

namespace {

constexpr std::string_view kProxy = "10.0.0.1";

TrustedProxies proxies() {
    return {*IpNetwork::from("10.0.0.0/8"), *IpNetwork::from("2001:db8:aaaa::/48")};
}

std::string client(std::string_view peer, const std::vector<Header>& headers) {
    return client_address(*IpAddress::from(peer), headers, proxies()).str();
}

// Of a request that comes from a trusted proxy with this one header.
std::string by_list(std::string value) {
    return client(kProxy, {{"x-forwarded-for", std::move(value)}});
}

std::string by_forwarded(std::string value) {
    return client(kProxy, {{"forwarded", std::move(value)}});
}

struct Row {
    std::string header;
    std::string_view client;
};

}  // namespace

TEST_CASE("the client is the right-most address of X-Forwarded-For that is no trusted proxy") {
    for (const auto& [header, expected] : std::initializer_list<Row>{
             {"192.0.2.7", "192.0.2.7"},
             {"203.0.113.66, 192.0.2.7", "192.0.2.7"},
             {"203.0.113.66, 192.0.2.7, 10.1.1.1, 10.2.2.2", "192.0.2.7"},
             {"10.9.9.9, 192.0.2.7", "192.0.2.7"},
             {"203.0.113.66,192.0.2.7\t,\t10.1.1.1", "192.0.2.7"},
             {"192.0.2.7:51000", "192.0.2.7"},
             {"2001:db8::7", "2001:db8::7"},
             {"[2001:db8::7]", "2001:db8::7"},
             {"[2001:db8::7]:51000", "2001:db8::7"},
             {"\"[2001:db8::7]:51000\"", "2001:db8::7"},
             {"192.0.2.7, 2001:db8:aaaa::1", "192.0.2.7"},
             {"::ffff:192.0.2.7", "192.0.2.7"},
             {"192.0.2.7, ::ffff:10.1.1.1", "192.0.2.7"},
             {"192.0.2.7, , ,", "192.0.2.7"},
             {", 192.0.2.7", "192.0.2.7"},
             // Everybody in the list is trusted: the farthest one asks.
             {"10.3.3.3, 10.2.2.2", "10.3.3.3"},
             {"", "10.0.0.1"},
             {" , ", "10.0.0.1"},
         }) {
        CAPTURE(header);
        CHECK(by_list(header) == expected);
    }
}

TEST_CASE("the lines of X-Forwarded-For are one list") {
    CHECK(client(kProxy, {{"x-forwarded-for", "203.0.113.66"},
                          {"host", "a"},
                          {"x-forwarded-for", "192.0.2.7, 10.1.1.1"}}) == "192.0.2.7");
    CHECK(client(kProxy, {{"x-forwarded-for", "203.0.113.66, 192.0.2.7"},
                          {"x-forwarded-for", ""},
                          {"x-forwarded-for", "10.1.1.1"}}) == "192.0.2.7");
}

TEST_CASE("from a peer that is no trusted proxy both headers are ignored") {
    for (const std::string_view peer : {"192.0.2.1", "2001:db8::1", "11.0.0.1"}) {
        CHECK(client(peer, {{"x-forwarded-for", "203.0.113.66"},
                            {"forwarded", "for=203.0.113.66"}}) == peer);
    }
    CHECK(client_address(*IpAddress::from(kProxy),
                         std::vector<Header>{{"x-forwarded-for", "1.2.3.4"}}, {})
              .str() == kProxy);
}

TEST_CASE("what is no address stops at the proxy that said it") {
    for (const std::string garbage : {"unknown",
                                      "_hidden",
                                      "localhost",
                                      "192.0.2.256",
                                      "192.0.2.7.8",
                                      "192.0.2.07",
                                      "192.0.2",
                                      "192.0.2.7:",
                                      "192.0.2.7:8:9",
                                      "192.0.2.7 198.51.100.1",
                                      "192.0.2.7;x",
                                      "[192.0.2.7",
                                      "192.0.2.7]",
                                      "[2001:db8::7]x",
                                      "[2001:db8::7]:",
                                      "[]",
                                      "[",
                                      "2001:db8::7::",
                                      "fe80::1%eth0",
                                      "2001:db8::7/64",
                                      "10.0.0.0/8",
                                      "\"192.0.2.7",
                                      "192.0.2.7\"",
                                      "\"\"",
                                      "\"",
                                      "\\",
                                      "-1",
                                      "\xe2\x80\xa6",
                                      "%31",
                                      "http://192.0.2.7",
                                      "for=192.0.2.7",
                                      "<script>"}) {
        CAPTURE(garbage);
        CHECK(by_list(garbage) == kProxy);
        CHECK(by_list("203.0.113.66, " + garbage) == kProxy);
        CHECK(by_list("203.0.113.66, " + garbage + ", 10.1.1.1") == "10.1.1.1");
        // What a client has written to the left of its own address is not looked at.
        CHECK(by_list(garbage + ", 192.0.2.7") == "192.0.2.7");
    }
}

TEST_CASE("Forwarded names the client where there is no X-Forwarded-For") {
    for (const auto& [header, expected] : std::initializer_list<Row>{
             {"for=192.0.2.7", "192.0.2.7"},
             {"For=192.0.2.7;proto=https;by=10.0.0.1", "192.0.2.7"},
             {"proto=https;FOR=192.0.2.7", "192.0.2.7"},
             {"by=203.0.113.66; for=192.0.2.7 ; host=a", "192.0.2.7"},
             {"for=\"192.0.2.7:51000\"", "192.0.2.7"},
             {"for=\"192.0.2.7:_port\"", "192.0.2.7"},
             {"for=\"[2001:db8::7]\"", "2001:db8::7"},
             {"for=\"[2001:db8::7]:51000\"", "2001:db8::7"},
             {"for=203.0.113.66, for=192.0.2.7, for=10.1.1.1", "192.0.2.7"},
             {"for=203.0.113.66, , for=192.0.2.7;", "192.0.2.7"},
             {"for=192.0.2.7;host=\"a, for=203.0.113.66\"", "192.0.2.7"},
             {"for=192.0.2.7;host=\"a\\\", for=203.0.113.66\"", "192.0.2.7"},
             {"for=192.0.2.7;host=\"a;for=203.0.113.66\"", "192.0.2.7"},
             {"for=192.0.2.7, for=unknown", kProxy},
             {"for=192.0.2.7, for=_secret", kProxy},
             {"for=192.0.2.7, for=\"_secret:80\", for=10.1.1.1", "10.1.1.1"},
             {"for=203.0.113.66, proto=https", kProxy},
             {"for=203.0.113.66;for=192.0.2.7", kProxy},
             {"for=", kProxy},
             {"for", kProxy},
             {"for =192.0.2.7", kProxy},
             {"xfor=192.0.2.7", kProxy},
             {"for=\"\\192.0.2.7\"", kProxy},
             {"192.0.2.7", kProxy},
             {"=", kProxy},
             {"\"", kProxy},
             {"", kProxy},
         }) {
        CAPTURE(header);
        CHECK(by_forwarded(header) == expected);
    }
    CHECK(client(kProxy, {{"forwarded", "for=203.0.113.66"}, {"forwarded", "for=192.0.2.7"}}) ==
          "192.0.2.7");
}

TEST_CASE("a quotation mark that a client leaves open hides nothing of what its proxy adds") {
    CHECK(by_forwarded("for=\"203.0.113.66, for=192.0.2.7") == "192.0.2.7");
    CHECK(by_forwarded("host=\"\\, for=192.0.2.7") == "192.0.2.7");
    CHECK(by_list("\", 192.0.2.7") == "192.0.2.7");
    CHECK(client(kProxy, {{"forwarded", "for=\"a"}, {"forwarded", "for=192.0.2.7"}}) ==
          "192.0.2.7");
}

TEST_CASE("of both headers X-Forwarded-For counts, whatever it says") {
    CHECK(client(kProxy, {{"forwarded", "for=203.0.113.66"}, {"x-forwarded-for", "192.0.2.7"}}) ==
          "192.0.2.7");
    CHECK(client(kProxy, {{"forwarded", "for=203.0.113.66"}, {"x-forwarded-for", "unknown"}}) ==
          kProxy);
}

TEST_CASE("hundreds of lines and thousands of hops take no more than a moment") {
    std::string hops;
    std::string quotes = "for=";
    for (int i = 0; i < 3000; ++i) {
        hops += "10.1.1.1,";
        quotes += "\"\\\",;=";
    }
    const std::vector<Header> lines(200, Header{"x-forwarded-for", ",,,,,,"});
    const auto begin = std::chrono::steady_clock::now();
    CHECK(by_list("203.0.113.66," + hops) == "10.1.1.1");
    CHECK(by_list(std::string(30'000, ',') + "192.0.2.7") == "192.0.2.7");
    CHECK(by_list(std::string(30'000, '[')) == kProxy);
    CHECK(by_list("203.0.113.66" + std::string(30'000, ',')) == kProxy);
    CHECK(by_forwarded(quotes) == kProxy);
    CHECK(by_forwarded(std::string(30'000, ';')) == kProxy);
    CHECK(client(kProxy, lines) == kProxy);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(200));
}
