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
    CHECK(claims_call("", "public") == "signet.no_claims");
    CHECK(claims_call("f", "My \"app\"") == R"("My ""app"""."f")");
    CHECK(claims_call("Auth.F", "public") == R"("auth"."f")");
}

TEST_CASE("a text is filled in once, and what was put in is not looked at again") {
    CHECK(fill("a :x b :y :x", {{":x", ":y"}, {":y", "2"}}) == "a :y b 2 :y");
    CHECK(fill("", {{":x", "1"}}).empty());
    CHECK(calls_claims_function("select :claims_function(id)"));
    CHECK(!calls_claims_function("select claims_function(id)"));
}

TEST_CASE("names of the configuration are quoted where they are put into SQL") {
    ConnectionOptions options;
    options.schema = R"(it's "odd")";
    options.claims_function = "f";
    options.other_role = "o'wner";
    const SqlNames names(options);
    CHECK(names.put_into(":accounts.role, :accounts_text, :other_role") ==
          R"("it's ""odd""".role, 'it''s "odd"', 'o''wner')");
    CHECK(names.put_into(":claims_signature") == R"('"it''s ""odd"""."f"(uuid)')");
    CHECK(names.put_into(":everything") == "false");
    CHECK(names.put_into(":everything", true) == "true");
    CHECK(SqlNames({}).put_into(":other_role, :claims_signature") == "null, null");
}
