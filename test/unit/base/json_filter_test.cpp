#include "base/json_filter.hpp"

#include "base/json.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <variant>

using signet::JsonFault;
using signet::JsonFilter;

namespace {

std::string filtered(std::string_view text) {
    JsonFilter whole("headers");
    std::string kept;
    whole.feed(text, kept);
    for (std::size_t cut = 0; cut <= text.size() && text.size() < 2000; ++cut) {
        JsonFilter filter("headers");
        std::string parts;
        filter.feed(text.substr(0, cut), parts);
        filter.feed(text.substr(cut), parts);
        CHECK(parts == kept);
    }
    JsonFilter bytewise("headers");
    std::string bytes;
    for (const char c : text) {
        bytewise.feed(std::string_view(&c, 1), bytes);
    }
    CHECK(bytes == kept);
    return kept;
}

}  // namespace

TEST_CASE("the filter keeps the member it is asked for, wherever it stands and however it is cut") {
    CHECK(filtered(R"({"headers":{"a":"b"},"request":{"query":"x"}})") ==
          R"({"headers":{"a":"b"},"request":null})");
    CHECK(filtered(
              " { \"request\" : [1, {\"headers\":{}}] ,\n\"headers\" : { \"a\" : \"b\" } } \n") ==
          R"({"request":null,"headers":{ "a" : "b" }})");
    CHECK(
        filtered(R"({"a":1,"b":true,"c":"]}\",\\","d":null,"headers":{"x":"}\"\\"},"e":-1.5e3})") ==
        R"({"a":null,"b":null,"c":null,"d":null,"headers":{"x":"}\"\\"},"e":null})");
    CHECK(filtered("{}") == "{}");
    CHECK(filtered(R"({"headers":"text","header":{},"headerss":{},"Headers":{}})") ==
          R"({"headers":"text","header":null,"headerss":null,"Headers":null})");
}

TEST_CASE("the filter does not judge what it skips") {
    for (const std::string& value :
         {std::string(5000, '[') + std::string(5000, ']'), std::string(R"({"a":1,"a":2})"),
          std::string("123456789012345678901234567890.5e-7"), std::string(R"("\ud800")"),
          std::string("\"\xff\"")}) {
        CHECK(filtered("{\"request\":" + value + ",\"headers\":{}}") ==
              R"({"request":null,"headers":{}})");
    }
}

TEST_CASE("the filter leaves names with escapes and names that come twice to the reader") {
    CHECK(filtered(R"({"\u0068eaders":{"a":"b"},"headers":{}})") ==
          R"({"\u0068eaders":{"a":"b"},"headers":{}})");
    CHECK(filtered(R"({"headers":{},"headers":{}})") == R"({"headers":{},"headers":{}})");
    CHECK(filtered(R"({"request":1,"request":2})") == R"({"request":null,"request":null})");
    CHECK(filtered(R"({"a\"headers":{"b":1}})") == R"({"a\"headers":{"b":1}})");
}

TEST_CASE("what is no JSON object does not become one by the filter") {
    for (const std::string text : {"",
                                   " ",
                                   "null",
                                   "[]",
                                   "\"headers\"",
                                   "\xef\xbb\xbf{}",
                                   "{",
                                   "{\"headers\"",
                                   "{\"headers\":",
                                   "{\"headers\":{}",
                                   "{\"request\":1",
                                   "{\"request\":[1,2",
                                   "{\"request\":\"}",
                                   "{}{}",
                                   "{} x",
                                   "{\"a\":1}}",
                                   "{\"a\":1 2}",
                                   "{\"a\":\"b\"c}",
                                   "{\"a\":,\"b\":1}",
                                   "{\"a\":}",
                                   "{\"a\" 1}",
                                   "{\"a\"::1}",
                                   "{,}",
                                   "{\"a\":1,}",
                                   "{\"a\":1,,\"b\":2}",
                                   "{a:1}",
                                   "{'a':1}",
                                   "{\"a\":1];",
                                   "{\"a\":1]}",
                                   "{\"headers\":{]}",
                                   "{\"headers\":[}]}",
                                   "{\"headers\":{\"a\":\"\x01\"}}",
                                   "{\"headers\":nul}",
                                   "{\"a\":[1]]}",
                                   "{\"request\":{}\"headers\":{}}"}) {
        CAPTURE(text);
        const std::string kept = filtered(text);
        const auto read = signet::read_json(kept, {});
        const auto* value = std::get_if<boost::json::value>(&read);
        CHECK((value == nullptr || !value->is_object()));
    }
}

TEST_CASE("the filter keeps little of a large text") {
    const std::string text =
        "{" + std::string(100'000, ' ') + R"("request":")" + std::string(100'000, 'x') + R"("})";
    CHECK(filtered(text) == R"({"request":null})");
}
