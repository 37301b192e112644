#include "tokens/jws.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using signet::tokens::kTokenBytesMax;
using signet::tokens::split_compact;

TEST_CASE("a compact token is split into its three parts and what was signed") {
    const auto parts = split_compact("aa.bbb.c");
    REQUIRE(parts.has_value());
    CHECK(parts->header == "aa");
    CHECK(parts->payload == "bbb");
    CHECK(parts->signature == "c");
    CHECK(parts->signing_input == "aa.bbb");
    CHECK(signet::tokens::signing_input("aa", "bbb") == "aa.bbb");
}

TEST_CASE("a token of any other number of parts is refused") {
    for (const char* token : {"", "a", "a.b", "a.b.c.d", "a.b.c.d.e", ".", "..", "...", "a.b.c."}) {
        CAPTURE(token);
        const auto parts = split_compact(token);
        REQUIRE_FALSE(parts.has_value());
        CHECK(parts.error().errc == signet::Errc::invalid_token);
    }
}

TEST_CASE("a token with an empty part is refused") {
    for (const char* token : {".b.c", "a..c", "a.b."}) {
        CAPTURE(token);
        CHECK_FALSE(split_compact(token).has_value());
    }
}

TEST_CASE("a token is taken up to 8 KiB and not a byte longer") {
    const std::string start = "a.b.";
    CHECK(split_compact(start + std::string(kTokenBytesMax - start.size(), 'c')).has_value());
    CHECK_FALSE(
        split_compact(start + std::string(kTokenBytesMax - start.size() + 1, 'c')).has_value());
    CHECK_FALSE(split_compact(std::string(1024 * 1024, '.')).has_value());
}

using signet::tokens::Header;
using signet::tokens::read_header;
using signet::tokens::write_header;

TEST_CASE("a header is written in one order, and absent members are left out") {
    CHECK(write_header({"RS256", "JWT", "k1"}) == R"({"alg":"RS256","typ":"JWT","kid":"k1"})");
    CHECK(write_header({"RS256", std::nullopt, std::nullopt}) == R"({"alg":"RS256"})");
}

TEST_CASE("a header comes back as it was written") {
    const auto header = read_header(write_header({"RS256", "JWT", "a\"b"}));
    REQUIRE(header.has_value());
    CHECK(header->alg == "RS256");
    CHECK(header->typ == "JWT");
    CHECK(header->kid == "a\"b");
}

TEST_CASE("members that we do not know are ignored") {
    const auto header = read_header(R"({"x5t":"abc","alg":"RS256","foo":{"bar":[1]}})");
    REQUIRE(header.has_value());
    CHECK(header->alg == "RS256");
    CHECK_FALSE(header->kid.has_value());
}

TEST_CASE("members that bring a key along or change how a token is read are refused") {
    for (const std::string_view member :
         {R"("crit":["exp"])", R"("crit":[])", R"("crit":["b64"],"b64":false)", R"("b64":false)",
          R"("b64":true)", R"("jku":"https://a.example/keys")", R"("jwk":{"kty":"RSA"})",
          R"("x5u":"https://a.example/c")", R"("x5c":["MIIB"])", R"("x5c":[])", R"("zip":"DEF")",
          R"("cty":"JWT")", R"("jwk":null)", R"("\u006aku":"x")"}) {
        CAPTURE(member);
        CHECK_FALSE(
            read_header(R"({"alg":"RS256","kid":"k",)" + std::string(member) + "}").has_value());
    }
}

TEST_CASE("alg, typ and kid have to be strings, and alg has to be there") {
    for (const std::string_view json :
         {R"({})", R"({"kid":"k"})", R"({"alg":256})", R"({"alg":null})", R"({"alg":["RS256"]})",
          R"({"alg":"RS256","kid":1})", R"({"alg":"RS256","kid":["k"]})",
          R"({"alg":"RS256","kid":null})", R"({"alg":"RS256","typ":1})",
          R"({"alg":"RS256","typ":null})"}) {
        CAPTURE(json);
        CHECK_FALSE(read_header(json).has_value());
    }
}

TEST_CASE("a header that is no strict JSON object is refused") {
    for (const std::string_view json :
         {"", "null", "[]", "\"RS256\"", R"({"alg":"RS256",})", R"({"alg":"RS256"}x)",
          R"({"alg":"none","alg":"RS256"})", R"({"alg":"none","\u0061lg":"RS256"})",
          R"({"alg":"RS256\u0000"})", "{\"alg\":\"RS256\",\"kid\":\"\xFF\"}",
          R"({"alg":"RS256","a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{}}}}}}}}})"}) {
        CAPTURE(json);
        CHECK_FALSE(read_header(json).has_value());
    }
}
