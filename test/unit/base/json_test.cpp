#include "base/json.hpp"

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <optional>
#include <string>

namespace {

using signet::JsonFault;
using signet::JsonLimits;
using signet::read_json;

// The fault of a text, or nothing when it is taken.
std::optional<JsonFault> fault_of(std::string_view text, const JsonLimits& limits = {}) {
    const auto read = read_json(text, limits);
    if (const auto* fault = std::get_if<JsonFault>(&read)) {
        return *fault;
    }
    return std::nullopt;
}

// The value of a good text, serialised again.
std::string taken(std::string_view text, const JsonLimits& limits = {}) {
    const auto read = read_json(text, limits);
    REQUIRE(std::holds_alternative<boost::json::value>(read));
    return boost::json::serialize(std::get<boost::json::value>(read));
}

std::string repeat(std::string_view part, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) {
        out += part;
    }
    return out;
}

std::string members(std::size_t count) {
    std::string out = "{";
    for (std::size_t i = 0; i < count; ++i) {
        out += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":1";
    }
    return out + "}";
}

}  // namespace

TEST_CASE("an empty text and bare white space are no JSON") {
    CHECK(fault_of("") == JsonFault::syntax);
    CHECK(fault_of(" \r\n\t") == JsonFault::syntax);
}

TEST_CASE("any root value is read, so that the caller can ask for an object") {
    CHECK(taken("{}") == "{}");
    CHECK(taken("[]") == "[]");
    CHECK(taken(" null ") == "null");
    CHECK(taken("1") == "1");
    CHECK(taken("\"x\"") == "\"x\"");
}

TEST_CASE("values of every kind come out as they went in") {
    constexpr std::string_view kText =
        R"({"a":[1,-2,true,false,null,"s"],"b":{"c":{"d":[[],{}]}},"e":"\u00e9"})";
    CHECK(taken(kText) == R"({"a":[1,-2,true,false,null,"s"],"b":{"c":{"d":[[],{}]}},"e":"é"})");
}

TEST_CASE("what only lax parsers take is refused") {
    for (const std::string_view text :
         {"{\"a\":1,}", "[1,]",     "// c\n{}",  "/* c */{}",   "{'a':1}",  "{a:1}",
          "NaN",        "Infinity", "-Infinity", "{\"a\":NaN}", "+1",       "01",
          ".5",         "1.",       "0x10",      "{\"a\" 1}",   "{\"a\":}", "[1 2]",
          "tru",        "TRUE",     "{\"a\":1",  "[",           "\"open"}) {
        CAPTURE(text);
        CHECK(fault_of(text) == JsonFault::syntax);
    }
}

TEST_CASE("bytes after the value are refused") {
    CHECK(fault_of("{}{}") == JsonFault::syntax);
    CHECK(fault_of("{} x") == JsonFault::syntax);
    CHECK(fault_of(std::string_view("{}\0", 3)) == JsonFault::syntax);
    CHECK_FALSE(fault_of("{} \n").has_value());
}

TEST_CASE("nesting is taken up to the limit and refused above it") {
    CHECK_FALSE(fault_of(repeat("[", 8) + repeat("]", 8)).has_value());
    CHECK(fault_of(repeat("[", 9) + repeat("]", 9)) == JsonFault::too_deep);
    CHECK(fault_of(repeat("{\"a\":", 9) + "1" + repeat("}", 9)) == JsonFault::too_deep);
    CHECK(fault_of(repeat("[", 33)) == JsonFault::too_deep);
}

TEST_CASE("a hundred thousand open brackets end at the limit") {
    CHECK(fault_of(repeat("[", 100'000)) == JsonFault::too_deep);
    CHECK(fault_of(repeat("{\"a\":", 100'000)) == JsonFault::too_deep);
}

TEST_CASE("a member named twice is refused") {
    CHECK(fault_of(R"({"password":"a","password":"b"})") == JsonFault::duplicate_key);
    CHECK(fault_of(R"({"a":1,"b":2,"c":3,"a":4})") == JsonFault::duplicate_key);
    CHECK(fault_of(R"({"":1,"":2})") == JsonFault::duplicate_key);
}

TEST_CASE("a member named twice is refused when one spelling is escaped") {
    CHECK(fault_of(R"({"password":"a","\u0070assword":"b"})") == JsonFault::duplicate_key);
    CHECK(fault_of(R"({"\u0070assword":"a","p\u0061ssword":"b"})") == JsonFault::duplicate_key);
}

TEST_CASE("a member named twice is refused in an inner object") {
    CHECK(fault_of(R"({"x":{"a":1,"a":2}})") == JsonFault::duplicate_key);
    CHECK(fault_of(R"([{"a":[{"b":1}],"b":2,"a":3}])") == JsonFault::duplicate_key);
}

TEST_CASE("one name in several objects is no duplicate") {
    CHECK_FALSE(fault_of(R"({"a":{"a":{"a":1},"b":2},"b":[{"a":1},{"a":2}],"c":{"a":1}})"));
    CHECK_FALSE(fault_of(R"({"ab":1,"a":2,"abc":3,"A":4})"));
}

TEST_CASE("numbers that are no int64 are refused") {
    for (const std::string_view text :
         {"1.5", "1E5", "1e5", "1e400", "-1e400", "9.9e99", "1.0", "9223372036854775808",
          "18446744073709551616", "-9223372036854775809"}) {
        CAPTURE(text);
        CHECK(fault_of(text) == JsonFault::number);
        CHECK(fault_of("{\"exp\":" + std::string(text) + "}") == JsonFault::number);
    }
    CHECK(fault_of(repeat("9", 100'000)) == JsonFault::number);
    CHECK(taken("9223372036854775807") == "9223372036854775807");
    CHECK(taken("-9223372036854775808") == "-9223372036854775808");
}

TEST_CASE("where fractions are taken, infinity still is not") {
    JsonLimits limits;
    limits.floats = true;
    CHECK_FALSE(fault_of("1.5", limits).has_value());
    CHECK_FALSE(fault_of("18446744073709551615", limits).has_value());
    CHECK(fault_of("1e400", limits) == JsonFault::number);
    CHECK(fault_of("[-1e400]", limits) == JsonFault::number);
}

TEST_CASE("invalid UTF-8 is refused in strings and keys") {
    for (const std::string_view bad : {"\xFF", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                       "\x80", "\xE2\x82", "\xC1\xBF", "\xF8\x88\x80\x80\x80"}) {
        CHECK(fault_of("\"" + std::string(bad) + "\"") == JsonFault::syntax);
        CHECK(fault_of("{\"" + std::string(bad) + "\":1}") == JsonFault::syntax);
    }
    CHECK(taken("\"\xF0\x9F\x94\x91\"") == "\"\xF0\x9F\x94\x91\"");
}

TEST_CASE("lone and swapped surrogates are refused") {
    CHECK(fault_of(R"("\ud800")") == JsonFault::syntax);
    CHECK(fault_of(R"("\udc00")") == JsonFault::syntax);
    CHECK(fault_of(R"("\udc00\ud800")") == JsonFault::syntax);
    CHECK(fault_of(R"("\ud800x")") == JsonFault::syntax);
    CHECK(taken(R"("\ud83d\udd11")") == "\"\xF0\x9F\x94\x91\"");
}

TEST_CASE("U+0000 is refused in a string and in a key") {
    CHECK(fault_of(R"("admin\u0000evil")") == JsonFault::nul_character);
    CHECK(fault_of(R"({"a":["\u0000"]})") == JsonFault::nul_character);
    CHECK(fault_of(R"({"a\u0000":1})") == JsonFault::nul_character);
    CHECK(fault_of("\"" + repeat("\\u00e9", 5000) + "\\u0000\"") == JsonFault::nul_character);
}

TEST_CASE("a raw control character in a string is refused") {
    for (char c = 0; c < 0x20; ++c) {
        CHECK(fault_of(std::string("\"a") + c + "b\"") == JsonFault::syntax);
    }
}

TEST_CASE("a byte order mark, UTF-16 and UTF-32 are refused") {
    CHECK(fault_of("\xEF\xBB\xBF{}") == JsonFault::syntax);
    CHECK(fault_of(std::string_view("{\0}\0", 4)) == JsonFault::syntax);
    CHECK(fault_of(std::string_view("\0{\0}", 4)) == JsonFault::syntax);
    CHECK(fault_of(std::string_view("{\0\0\0}\0\0\0", 8)) == JsonFault::syntax);
    CHECK(fault_of("\xFF\xFE{") == JsonFault::syntax);
}

TEST_CASE("members and elements are counted") {
    CHECK_FALSE(fault_of(members(64)).has_value());
    CHECK(fault_of(members(65)) == JsonFault::too_many_members);
    CHECK_FALSE(fault_of("[0" + repeat(",0", 1023) + "]").has_value());
    CHECK(fault_of("[0" + repeat(",0", 1024) + "]") == JsonFault::too_many_members);
    CHECK(fault_of("[[]" + repeat(",[]", 1024) + "]") == JsonFault::too_many_members);
}

TEST_CASE("a member's value does not count as an element") {
    CHECK_FALSE(fault_of("[{\"a\":1}" + repeat(",{\"a\":[1,{}],\"b\":{}}", 1023) + "]"));
}

TEST_CASE("long keys and strings with escapes come out whole") {
    const std::string name = repeat("\\u00e9x", 3000);
    const std::string plain = repeat("\xC3\xA9x", 3000);
    CHECK(taken("{\"" + name + "\":\"" + name + "\"}") == "{\"" + plain + "\":\"" + plain + "\"}");
    CHECK(fault_of("{\"" + name + "\":1,\"" + plain + "\":2}") == JsonFault::duplicate_key);
}

TEST_CASE("values are stored in the storage that the caller gave") {
    const boost::json::storage_ptr storage = signet::wiping_storage();
    const auto read = read_json(R"({"password":"a very long pass phrase indeed"})", {}, storage);
    const auto& value = std::get<boost::json::value>(read);
    CHECK(value.storage()->is_equal(*storage));
    CHECK(value.at("password").storage()->is_equal(*storage));
}

TEST_CASE("a quoted string is one line of JSON that reads as the same text") {
    CHECK(signet::json_quote("") == R"("")");
    CHECK(signet::json_quote("a\"b\\c/d") == R"("a\"b\\c/d")");
    CHECK(signet::json_quote("\b\f\n\r\t") == R"("\b\f\n\r\t")");
    CHECK(signet::json_quote(std::string_view("\0\x01\x1F\x7F", 4)) ==
          R"("\u0000\u0001\u001f\u007f")");
    CHECK(signet::json_quote("\xE2\x80\xA8|\xE2\x80\xA9|\xE2\x80\xAA") ==
          "\"\\u2028|\\u2029|\\u202a\"");
    CHECK(signet::json_quote("\xE2\x80\xAE|\xE2\x81\xA6|\xE2\x81\xA9") ==
          "\"\\u202e|\\u2066|\\u2069\"");
    CHECK(signet::json_quote("\xE2\x80\xAF|\xE2\x81\xA5|\xE2\x81\xAA|\xE2\x80") ==
          "\"\xE2\x80\xAF|\xE2\x81\xA5|\xE2\x81\xAA|\xE2\x80\"");
    const std::string text = "é\xF0\x9F\x94\x91 \x01\x7F\xE2\x80\xA8 \"quoted\"";
    const auto read = read_json(signet::json_quote(text), {});
    CHECK(std::get<boost::json::value>(read).as_string() == text);
}
