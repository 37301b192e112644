#include "store/function_name.hpp"

#include "store/sql_fill.hpp"

#include <doctest/doctest.h>

using namespace signet::store;

TEST_CASE("the name of a function is read as PostgreSQL reads it, and quoted") {
    CHECK(quote_function_name("my_claims") == R"("my_claims")");
    CHECK(quote_function_name("Auth.My_Claims") == R"("auth"."my_claims")");
    CHECK(quote_function_name(R"("Auth"."My ""Claims""")") == R"("Auth"."My ""Claims""")");
    CHECK(quote_function_name(R"(auth."select")") == R"("auth"."select")");
    CHECK(quote_function_name("größe$1") == R"("größe$1")");
    CHECK(quote_function_name(R"("a.b")") == R"("a.b")");
}

TEST_CASE("what is no name of a function is none") {
    for (const char* bad : {"",    ".",    "a.",       ".a",  "a.b.c",  "1a",     "a b",
                            "a;b", "a()",  "\"\"",     "\"a", "\"a\"b", "a\"b\"", "a--",
                            "a'",  "a\nb", "\"a\nb\"", " a",  "$a",     "a.\"\"", "a\xff"}) {
        CAPTURE(bad);
        CHECK(!quote_function_name(bad));
    }
    CHECK(quote_function_name(std::string(63, 'a')));
    CHECK(!quote_function_name(std::string(64, 'a')));
}

TEST_CASE("without a claims function the one that gives none is called") {
    CHECK(claims_call("") == "signet.no_claims");
    CHECK(claims_call("f") == R"("f")");
}

TEST_CASE("a text is filled in once, and what was put in is not looked at again") {
    CHECK(fill("a :x b :y :x", {{":x", ":y"}, {":y", "2"}}) == "a :y b 2 :y");
    CHECK(fill("", {{":x", "1"}}).empty());
    CHECK(calls_claims_function("select :claims_function(id)"));
    CHECK(!calls_claims_function("select claims_function(id)"));
}
