#include <signet/domain/redirects.hpp>

#include <doctest/doctest.h>

#include <string>

using signet::kRedirectBytesMax;
using signet::may_redirect;
using signet::RedirectPolicy;

namespace {

const RedirectPolicy kPolicy{
    "https://app.example.org/start",
    {"https://other.example.org", "https://paths.example.org/in", "https://paths.example.org/b/",
     "http://localhost:3000", "https://port.example.org:8443", "myapp://callback",
     "https://xn--bcher-kva.example/", "https://[2001:db8::1]"}};

}  // namespace

TEST_CASE("the origin of the client and every entry are allowed") {
    for (const char* url : {"https://app.example.org",
                            "https://app.example.org/",
                            "https://app.example.org/any/path",
                            "https://app.example.org?a=1",
                            "https://app.example.org#x",
                            "https://other.example.org/a?b=https://evil.example/#c",
                            "https://paths.example.org/in",
                            "https://paths.example.org/in/",
                            "https://paths.example.org/in/deeper",
                            "https://paths.example.org/in?x=/../y",
                            "https://paths.example.org/in#/../y",
                            "https://paths.example.org/b",
                            "https://paths.example.org/b/c",
                            "http://localhost:3000/x",
                            "https://port.example.org:8443/",
                            "myapp://callback?a=1",
                            "https://xn--bcher-kva.example/x",
                            "https://[2001:db8::1]/x",
                            "https://app.example.org/.well-known/x",
                            "https://app.example.org/a..b/...",
                            "https://app.example.org/%41?q=%2F%2Fevil.example",
                            "https://app.example.org//double"}) {
        CAPTURE(url);
        CHECK(may_redirect(url, kPolicy));
    }
}

TEST_CASE("origins are compared without regard to case and default ports") {
    for (const char* url : {"HTTPS://APP.EXAMPLE.ORG/", "https://App.Example.Org:443/x",
                            "https://app.example.org:443", "http://LOCALHOST:3000"}) {
        CAPTURE(url);
        CHECK(may_redirect(url, kPolicy));
    }
    const RedirectPolicy spelled{"HTTPS://APP.example.org:443/", {"HTTP://plain.example:80/In"}};
    CHECK(may_redirect("https://app.example.org/x", spelled));
    CHECK(may_redirect("http://plain.example/In/x", spelled));
    CHECK_FALSE(may_redirect("http://plain.example/in", spelled));
    for (const char* url :
         {"https://app.example.org:80/", "https://app.example.org:8443/",
          "https://app.example.org:/", "https://app.example.org:0443/",
          "https://app.example.org:443:443/", "http://app.example.org/",
          "http://app.example.org:443/", "http://localhost/", "http://localhost:30000/",
          "https://port.example.org/", "https://port.example.org:443/"}) {
        CAPTURE(url);
        CHECK_FALSE(may_redirect(url, kPolicy));
    }
}

TEST_CASE("a URL of another origin is refused, however it is dressed") {
    for (const char* url : {"",
                            "/",
                            "/welcome",
                            "//evil.example",
                            "//app.example.org",
                            "/\\evil.example",
                            "\\\\evil.example",
                            "https:evil.example",
                            "https:/evil.example",
                            "https:///evil.example",
                            "https:app.example.org",
                            "https:/app.example.org",
                            "https:///app.example.org",
                            "https:\\\\app.example.org",
                            "https://",
                            "https://?",
                            "://app.example.org",
                            "evil.example",
                            "app.example.org",
                            "https://evil.example/https://app.example.org",
                            "https://evil.example?https://app.example.org",
                            "https://app.example.org.evil.example/",
                            "https://app.example.orgevil.example",
                            "https://evilapp.example.org/",
                            "https://sub.app.example.org/",
                            "https://example.org/",
                            "https://app.example.org./",
                            "https://app.example.org../",
                            "https://.app.example.org/",
                            "https://app.example.org%2e/",
                            "https://app%2eexample.org/",
                            "https://%61pp.example.org/",
                            "javascript:alert(1)",
                            "javascript://app.example.org/%0aalert(1)",
                            "data:text/html,x",
                            "file:///etc/passwd",
                            "ftp://app.example.org/",
                            "myapp://callback.evil",
                            "myapp://",
                            "myapp:callback",
                            "https://bücher.example/",

                            "https://xn--bcher-kvb.example/",
                            "https://app。example。org/",
                            "https://app.example.org\u2024/",
                            "https://[2001:db8::2]/",
                            "https://2001:db8::1/"}) {
        CAPTURE(url);
        CHECK_FALSE(may_redirect(url, kPolicy));
    }
}

TEST_CASE("a URL with userinfo, a backslash, white space or a control character is refused") {
    for (const char* url : {"https://app.example.org@evil.example/",
                            "https://evil.example@app.example.org/",
                            "https://user:password@app.example.org/",
                            "https://@app.example.org/",
                            "https://app.example.org%40evil.example/",
                            "https://app.example.org\\@evil.example/",
                            "https://app.example.org\\.evil.example",
                            "https://app.example.org/\\evil.example",
                            "https://app.example.org/%5cevil.example",
                            "https://app.example.org/%5Cevil.example",
                            " https://app.example.org/",
                            "https://app.example.org/ ",
                            "https://app.example.org/a b",
                            "https://app.example.org/\t",
                            "\thttps://app.example.org/",
                            "ht\ttps://app.example.org/",
                            "https://app.example.org/\r\nSet-Cookie: a=b",
                            "https://app.example.org/\n",
                            "https://app.example.org/\x01",
                            "https://app.example.org/\x7f",
                            "https://app.example.org/ü",
                            "https://app.example.org/\"",
                            "https://app.example.org/<",
                            "https://app.example.org/%00"}) {
        CAPTURE(url);
        CHECK_FALSE(may_redirect(url, kPolicy));
    }
    CHECK_FALSE(may_redirect(std::string("https://app.example.org/\0x", 26), kPolicy));
}

TEST_CASE("dot segments and hidden slashes are refused, encoded or not") {
    for (const char* path :
         {"/..", "/../", "/in/..", "/in/../x", "/in/.", "/./in", "/in/%2e%2e", "/in/%2E%2E/x",
          "/in/.%2e/x", "/in/%2e./x", "/in/%2e", "/in/%2f..", "/in%2fx", "/in%2F..%2Fx",
          "/in/..%2f", "/in/..%5c", "/in/%2e%2e%2f", "/../in"}) {
        CAPTURE(path);
        CHECK_FALSE(may_redirect("https://paths.example.org" + std::string(path), kPolicy));
        CHECK_FALSE(may_redirect("https://app.example.org" + std::string(path), kPolicy));
    }
}

TEST_CASE("an entry with a path allows that path on segment borders") {
    for (const char* path : {"", "/", "/i", "/inside", "/in.html", "/IN", "/in%20", "/in;x", "/bc",
                             "//in", "/x/in", "/in%", "?/in", "#/in"}) {
        CAPTURE(path);
        CHECK_FALSE(may_redirect("https://paths.example.org" + std::string(path), kPolicy));
    }
}

TEST_CASE("an entry that is no URL allows nothing, and neither does a missing client") {
    for (const char* entry : {"", "*", "https://*", "https://*.example.org", "example.org",
                              "https://user@app.example.org", "https://app.example.org/../"}) {
        CAPTURE(entry);
        CHECK_FALSE(may_redirect("https://app.example.org/", {"", {entry}}));
    }
    CHECK_FALSE(may_redirect("", {"", {""}}));
}

TEST_CASE("the longest URL has 2048 bytes") {
    const std::string url = "https://app.example.org/";
    CHECK(may_redirect(url + std::string(kRedirectBytesMax - url.size(), 'a'), kPolicy));
    CHECK_FALSE(may_redirect(url + std::string(kRedirectBytesMax - url.size() + 1, 'a'), kPolicy));
}
