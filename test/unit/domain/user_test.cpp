#include <signet/domain/user.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace std::string_view_literals;
using signet::UserId;

namespace {

using Rule = signet::Result<signet::Text> (*)(std::string_view);

// The code under which `rule` refuses `typed`, empty when it takes it.
std::string refusal(Rule rule, std::string_view typed, std::string_view pointer) {
    const auto result = rule(typed);
    if (result.has_value()) {
        CHECK(result.value().view() == typed);
        return "";
    }
    const auto& error = result.error();
    CHECK(error.errc == signet::Errc::invalid_input);
    REQUIRE(error.fields.size() == 1);
    CHECK(error.fields[0].pointer == pointer);
    CHECK_FALSE(error.fields[0].detail.empty());
    return error.fields[0].code;
}

std::string username(std::string_view typed) {
    return refusal(signet::new_username, typed, "/username");
}

std::string email(std::string_view typed) {
    return refusal(signet::new_email, typed, "/email");
}

}  // namespace

TEST_CASE("a username of letters, digits and inner punctuation is kept as typed") {
    for (const auto typed : {"bob"sv, "Alice"sv, "a.b-c_d"sv, "0x1"sv, "user"sv, "a--b"sv})
        CHECK(username(typed).empty());
    CHECK(username(std::string(64, 'a')).empty());
}

TEST_CASE("a username has 3 to 64 characters") {
    CHECK(username("") == "too-short");
    CHECK(username("ab") == "too-short");
    CHECK(username(std::string(65, 'a')) == "too-long");
}

TEST_CASE("a username outside the alphabet is refused, also one that looks like ASCII") {
    for (const auto typed :
         {" alice"sv, "alice\t"sv, "al ice"sv, "alice\r\n"sv, "a\x1b[1m"sv, "ali\0ce"sv,
          "alice@home"sv, "'; DROP TABLE user;--"sv, "100%"sv, "\u0430dmin"sv, "ad\u200dmin"sv,
          "\uff41\uff44\uff4d\uff49\uff4e"sv, "alice\u202e"sv, "al\xff\xff"sv})
        CHECK(username(typed) == "charset");
}

TEST_CASE("a username begins and ends with a letter or digit") {
    for (const auto typed : {"alice."sv, ".alice"sv, "-ab"sv, "ab_"sv, "..."sv})
        CHECK(username(typed) == "edge");
}

TEST_CASE("a username has no two dots in a row") {
    CHECK(username("a..b") == "double-dot");
}

TEST_CASE("reserved names are refused in any case") {
    for (const auto typed : {"admin"sv, "Admin"sv, "ROOT"sv, "anonymous"sv, "hasura"sv, "null"sv,
                             "undefined"sv, "signet"sv, "System"sv})
        CHECK(username(typed) == "reserved-name");
    CHECK(username("admin2").empty());
}

TEST_CASE("a username does not have the form of an id, by which an operator names users, too") {
    for (const auto typed :
         {"6ae15750-db5a-41be-a22b-8e06e0e469c3"sv, "6AE15750-DB5A-41BE-A22B-8E06E0E469C3"sv})
        CHECK(username(typed) == "reserved-name");
    CHECK(username("6ae15750-db5a-41be-a22b-8e06e0e469cx").empty());
}

TEST_CASE("an ordinary e-mail address is kept as typed") {
    for (const auto typed : {"ann@example.com"sv, "Ann.B+tag@Sub.Example.CO"sv, "a@b.cd"sv,
                             "o'neil@x-y.org"sv, "1@xn--bcher-kva.example"sv, "a@1.2.x3"sv})
        CHECK(email(typed).empty());
}

TEST_CASE("what is no e-mail address is refused") {
    for (const auto typed :
         {""sv,         "ann"sv,         "@example.com"sv,  "ann@"sv,      "a@b"sv,
          "a@b@c.de"sv, ".a@b.cd"sv,     "a.@b.cd"sv,       "a..b@c.de"sv, "\"a\"@b.cd"sv,
          "a@.cd"sv,    "a@b..cd"sv,     "a@b.cd."sv,       "a@-b.cd"sv,   "a@b-.cd"sv,
          "a@b_c.de"sv, "a@127.0.0.1"sv, "a@[127.0.0.1]"sv, "<a@b.cd>"sv,  "a,b@c.de"sv})
        CHECK(email(typed) == "invalid-email");
    CHECK(email(std::string(65, 'a') + "@b.cd") == "invalid-email");
    CHECK(email("a@" + std::string(64, 'b') + ".cd") == "invalid-email");
}

TEST_CASE("an e-mail address with a space, control character or non-ASCII byte is refused") {
    for (const auto typed : {"a@b.cd\r\nBcc:x"sv, "a b@c.de"sv, "a@b\0.cd"sv, "\u00e4@b.cd"sv,
                             "a@b\u00fccher.de"sv, "a@b.cd\x7f"sv})
        CHECK(email(typed) == "charset");
}

TEST_CASE("an e-mail address has at most 254 bytes") {
    const auto address = [](std::size_t bytes) {
        const std::string label(60, 'b');
        const std::string text = std::string(64, 'a') + '@' + label + '.' + label + ".c.";
        return text + std::string(bytes - text.size() - 3, 'd') + ".ef";
    };
    CHECK(email(address(254)).empty());
    CHECK(email(address(255)) == "too-long");
}

TEST_CASE("a user id is a UUID with hyphens, kept in lower case") {
    const auto id = UserId::parse("0123ABCD-4567-89ab-cdef-0123456789aB");
    REQUIRE(id.has_value());
    CHECK(id->str() == "0123abcd-4567-89ab-cdef-0123456789ab");
}

TEST_CASE("a user id of any other form is refused") {
    for (const auto text :
         {""sv, "0123abcd456789abcdef0123456789ab"sv, "{0123abcd-4567-89ab-cdef-0123456789ab}"sv,
          "0123abcd-4567-89ab-cdef-0123456789a"sv, "0123abcd-4567-89ab-cdef-0123456789abc"sv,
          "0123abcd-4567-89ab-cdef-0123456789ag"sv, "0123abcd-456789-ab-cdef-0123456789ab"sv,
          "0123abcd 4567 89ab cdef 0123456789ab"sv})
        CHECK_FALSE(UserId::parse(text).has_value());
}
