#include "store/claims.hpp"

#include "base/json_tree.hpp"
#include "support/printing.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace signet;
using signet::store::array_literal;
using signet::store::kArrayDimensionsMax;
using signet::store::read_custom_claims;

namespace {

std::string value_of(const std::string& json) {
    const auto claims = read_custom_claims(R"({"x-hasura-a":)" + json + "}");
    REQUIRE_MESSAGE(claims.has_value(), json);
    return claims->front().value.value_or("(left out)");
}

std::string fault_of(const std::string& json) {
    const auto claims = read_custom_claims(json);
    REQUIRE_MESSAGE(!claims.has_value(), json);
    CHECK(claims.error().errc == Errc::claims_failed);
    return claims.error().log_detail;
}

}  // namespace

TEST_CASE("text stays as it is, and numbers and booleans are as PostgreSQL printed them") {
    CHECK(value_of(R"("Ünï \"q\" \u0041\u2028")") == "Ünï \"q\" A\u2028");
    CHECK(value_of("7") == "7");
    CHECK(value_of("1.50") == "1.50");
    CHECK(value_of("-0.000000000000000000000000000001") == "-0.000000000000000000000000000001");
    CHECK(value_of("123456789012345678901234567890") == "123456789012345678901234567890");
    CHECK(value_of(std::string(400, '9')) == std::string(400, '9'));
    CHECK(value_of("true") == "true");
    CHECK(value_of("false") == "false");
    CHECK(value_of(R"("2026-01-31T12:00:00+00:00")") == "2026-01-31T12:00:00+00:00");
}

TEST_CASE("objects become JSON text with their members in order") {
    CHECK(value_of(R"({"b": [1, {"x": null}], "a": 1.50})") == R"({"b":[1,{"x":null}],"a":1.50})");
}

TEST_CASE("arrays become array literals") {
    CHECK(value_of("[]") == "{}");
    CHECK(value_of(R"(["a","b \"q\"","c,d","\\","","NULL"," "])") ==
          R"({"a","b \"q\"","c,d","\\","","NULL"," "})");
    CHECK(value_of("[1, 2.50, null, true]") == "{1,2.50,NULL,true}");
    CHECK(value_of(R"([{"a":"b"}])") == R"({"{\"a\":\"b\"}"})");
}

TEST_CASE("a rectangular array has dimensions, and a ragged one holds JSON text") {
    CHECK(value_of("[[1,2],[3,4]]") == "{{1,2},{3,4}}");
    CHECK(value_of("[[[1],[2]],[[3],[4]]]") == "{{{1},{2}},{{3},{4}}}");
    CHECK(value_of("[[1,2],[3]]") == R"({"[1,2]","[3]"})");
    CHECK(value_of("[[],[]]") == R"({"[]","[]"})");
    CHECK(value_of("[[1],2]") == R"({"[1]",2})");
    CHECK(value_of("[[[1],[2]],[[3],[4,5]]]") == R"({{"[1]","[2]"},{"[3]","[4,5]"}})");
    CHECK(value_of("[[[[[[[1]]]]]]]") == R"({{{{{{"[1]"}}}}}})");
}

TEST_CASE("arrays that are nested as deep as may be are read at once") {
    const std::string deep =
        std::string(kClaimsDepthMax - 1, '[') + '1' + std::string(kClaimsDepthMax - 1, ']');
    CHECK(value_of(deep).starts_with("{{{{{{"));
}

TEST_CASE("a null is left out, and nothing else is") {
    const auto claims = read_custom_claims(R"({"x-hasura-a":null,"x-hasura-b":""})");
    REQUIRE(claims);
    CHECK(claims->size() == 2);
    CHECK(to_map(*claims) == std::map<std::string, std::string>{{"x-hasura-b", ""}});
}

TEST_CASE("names are put into lower case") {
    const auto claims = read_custom_claims(R"({"X-Hasura-Org-Id":"1"})");
    REQUIRE(claims);
    CHECK(claims->front().name == "x-hasura-org-id");
}

TEST_CASE("what is no object fails, and so does no answer at all") {
    for (const char* bad : {"", "null", "[]", "7", "\"a\"", "{", R"({"x-hasura-a":1}x)",
                            R"({"x-hasura-a":1,"x-hasura-a":2})", R"({"x-hasura-a":"\u0000"})"}) {
        CAPTURE(bad);
        fault_of(bad);
    }
    CHECK(read_custom_claims(std::nullopt).error().errc == Errc::claims_failed);
}

TEST_CASE("reserved, foreign, empty and unfit names fail in any case of letters") {
    for (const char* bad :
         {"x-hasura-role", "X-Hasura-User-Id", "x-hasura-session-id", "x-hasura-allowed-roles",
          "X-HASURA-DEFAULT-ROLE", "x-hasura-admin-secret", "org", "", "x-hasura-", "x-hasura-a b",
          "x-hasura-ä", "x-hasura-a:b", "x-hasura-a\\n", "Cache-Control", "expires"}) {
        CAPTURE(bad);
        fault_of(std::string("{\"") + bad + "\":\"1\"}");
    }
    fault_of(R"({"x-hasura-a":1,"X-Hasura-A":1})");
    fault_of(R"({"x-hasura-)" + std::string(kClaimNameBytesMax, 'a') + "\":1}");
}

TEST_CASE("a value with a control character fails, as text and in an array") {
    for (const char* bad :
         {R"("a\nX-Hasura-Role: admin")", R"("\r")", R"("\t")", R"("\u0001")", R"("\u001f")",
          R"("\u007f")", R"("\u0080")", R"("\u009f")", "\"a\u0085\"", R"(["a","b\n"])",
          R"([["a"],["\u007f"]])", R"({"k":"\u009f"})", R"({"\u0085":1})", R"(["\n",{}])"}) {
        CAPTURE(bad);
        const std::string fault = fault_of(R"({"X-Hasura-Motto":)" + std::string(bad) + "}");
        CHECK(fault.find("\"x-hasura-motto\" has a control character") != std::string::npos);
        CHECK(fault.find("admin") == std::string::npos);
    }
}

TEST_CASE("JSON text in a value holds control characters in their escaped form") {
    CHECK(value_of(R"({"k":"a\nb\u0001\u007f"})") == R"({"k":"a\nb\u0001\u007f"})");
    CHECK(value_of(R"([{"k":"a\nb"}])") == R"({"{\"k\":\"a\\nb\"}"})");
    CHECK(value_of(R"("{\"k\":\"a\\nb\"}")") == R"({"k":"a\nb"})");
}

TEST_CASE("too many, too large and too deep answers fail") {
    std::string many = "{";
    for (std::size_t i = 0; i <= kClaimsCountMax; ++i) {
        many += (i == 0 ? "" : ",") + ("\"x-hasura-" + std::to_string(i)) + "\":1";
    }
    fault_of(many + '}');
    fault_of(R"({"x-hasura-a":")" + std::string(kClaimsJsonBytesMax, 'a') + "\"}");
    fault_of(R"({"x-hasura-a":)" + std::string(kClaimsDepthMax, '[') +
             std::string(kClaimsDepthMax, ']') + '}');
}

TEST_CASE("the fault names the member and never its value") {
    const std::string fault = fault_of(R"({"x-hasura-role":"s3cret-value"})");
    CHECK(fault.find("x-hasura-role") != std::string::npos);
    CHECK(fault.find("s3cret") == std::string::npos);
}

TEST_CASE("random bytes and mutated answers are converted or refused, and never harm") {
    std::mt19937 random(20261121);  // NOLINT(cert-msc51-cpp): the same every time
    const std::string seed =
        R"({"x-hasura-a":[[1,2.5e3],["a\"\\","NULL"]],"X-Hasura-B":{"k":[null,true]},"x-hasura-c":"\u00e9"})";
    int taken = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string text = seed;
        const unsigned edits = random() % 4;
        for (unsigned edit = 0; edit < edits; ++edit) {
            const std::size_t at = random() % text.size();
            switch (random() % 3) {
                case 0:
                    text[at] = static_cast<char>(random() % 256);
                    break;
                case 1:
                    text.erase(at, 1 + random() % 5);
                    break;
                default:
                    text.insert(at, text.substr(random() % text.size(), random() % 9));
            }
            if (text.empty()) {
                text = "{";
            }
        }
        const auto claims = read_custom_claims(text);
        taken += claims.has_value() ? 1 : 0;
        if (!claims) {
            CHECK(claims.error().errc == Errc::claims_failed);
            continue;
        }
        for (const CustomClaim& claim : *claims) {
            REQUIRE(claim.name.starts_with("x-hasura-"));
            REQUIRE(!is_reserved_claim(claim.name));
            REQUIRE(claim.value.has_value() == (claim.from != CustomClaim::From::null));
        }
    }
    CHECK(taken > 5'000);
}

TEST_CASE("a tree is written as JSON that reads back to the same text") {
    for (const char* text :
         {R"({"a":[1,-2.50,1e5,"x\ny",true,false,null,{}],"b":[]})", "0", "\"\"", "[[[]]]"}) {
        const auto tree = read_json_tree(text, 8);
        REQUIRE(tree);
        CHECK(write_json(*tree) == text);
    }
}
